// What a visitor chose for the next visit too. Where storage is forbidden, a choice lasts as long as the page.

/** @param {string} name @param {string} value */
export function storeChoice(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Forbidden.
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
