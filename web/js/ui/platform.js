// What the browser keeps or hands out: the clipboard, files, and choices for the next visit.

// A button that copies a text and shows whether that worked.

const SHOWN_MS = 2_000;

/** The labels of buttons that show a result for a moment. @type {WeakMap<HTMLElement, string>} */
const labels = new WeakMap();

/**
 * @param {HTMLElement} button
 * @param {string} text
 * @param {string} [refused] label if copying fails
 */
export async function copyText(button, text, refused = "Not allowed") {
  const label = labels.get(button) ?? button.textContent ?? "";
  labels.set(button, label);
  button.textContent = await write(text).then(
    () => "Copied",
    () => refused,
  );
  setTimeout(() => (button.textContent = label), SHOWN_MS);
}

/**
 * A page on a plain-HTTP address of the local network has no clipboard, which counts as a refusal.
 * @param {string} text
 */
const write = async (text) => navigator.clipboard.writeText(text);

/** Downloads a file. @param {string} name @param {Blob} content */
export function save(name, content) {
  const link = Object.assign(document.createElement("a"), {
    href: URL.createObjectURL(content),
    download: name,
  });
  link.click();
  URL.revokeObjectURL(link.href);
}

// Choices kept for the next visit. Without storage, a choice lasts as long as the page.

/** @param {string} name @param {string} value */
export function storeChoice(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage is forbidden.
  }
}

/** @param {string} name @returns {string | null} */
export function readChoice(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
