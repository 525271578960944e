// Questions: the field that searches them. What a link leads to is unfolded by link-target.js.

import { find, show } from "../views/dom.js";

/** @param {HTMLElement} root */
export function mount(root) {
  const all = /** @type {HTMLDetailsElement[]} */ ([...root.querySelectorAll("details")]);
  const field = find(root, '[name="question"]');
  const search = () => {
    const found = filter(all, wordsOf(field.value));
    for (const group of root.querySelectorAll(".groups > div")) group.toggleAttribute("hidden", !group.querySelector("details:not([hidden])"));
    show(find(root, '[data-field="found"]'), field.value.trim() ? `${found} of ${all.length}` : "");
  };
  field.addEventListener("input", search);
  root.addEventListener("lookat", ({ target }) => {
    if (!(/** @type {Element} */ (target).closest("[hidden]"))) return;
    field.value = "";
    search();
  });
}

/** @param {string} text */
const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Hides what has not all of the words. @returns {number} how many have */
function filter(all, words) {
  for (const question of all) {
    const text = question.textContent.toLowerCase();
    question.hidden = !words.every((word) => text.includes(word));
  }
  return all.filter(({ hidden }) => !hidden).length;
}
