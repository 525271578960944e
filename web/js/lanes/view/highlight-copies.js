// Marks the same message in the other lanes when the pointer is over it.

/** @param {HTMLElement} list */
export function highlightCopies(list) {
  list.addEventListener("pointerover", ({ target }) =>
    mark(/** @type {Element} */ (target).closest("li")?.dataset.key),
  );
  list.addEventListener("pointerleave", () => mark(undefined));
}

/** @param {string | undefined} key */
function mark(key) {
  /** @type {NodeListOf<HTMLElement>} */
  const rows = document.querySelectorAll(".messages > li");
  for (const li of rows) li.classList.toggle("same", li.dataset.key === key);
}
