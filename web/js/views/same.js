// Pointing at a message marks the same message in the other lanes.

/** @param {HTMLElement} list */
export function highlightSame(list) {
  list.addEventListener("pointerover", ({ target }) => mark(target.closest("li")?.dataset.key));
  list.addEventListener("pointerleave", () => mark(undefined));
}

/** @param {string | undefined} key */
function mark(key) {
  for (const li of document.querySelectorAll(".messages > li")) li.classList.toggle("same", li.dataset.key === key);
}
