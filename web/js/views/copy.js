// A button that copies a text and says whether it could.

const SAID_MS = 2_000;

/** @param {HTMLElement} button @param {string} text */
export async function copy(button, text) {
  const label = button.textContent;
  button.textContent = await navigator.clipboard.writeText(text).then(() => "Copied", () => "Not allowed");
  setTimeout(() => (button.textContent = label), SAID_MS);
}

/** Gives the visitor a file. @param {string} name @param {Blob} content */
export function save(name, content) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(content), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
