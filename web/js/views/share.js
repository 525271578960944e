// The share button: the address, which has all settings in it.

const SAID_MS = 2_000;

/** @param {HTMLButtonElement} button */
export function shareButton(button) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = await copied(location.href);
    setTimeout(() => (button.textContent = label), SAID_MS);
  });
}

/** @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    // Not allowed, or a page on a plain-HTTP address of the local network.
    return "See address";
  }
}
