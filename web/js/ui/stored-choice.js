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
