// The section "Questions": the search field. link-target.js unfolds the target of a link.

import { matches, stemsOf } from "./search.js";
import { find, show } from "../ui/dom.js";

/** @param {HTMLElement} root */
export function mount(root) {
  const all = /** @type {HTMLDetailsElement[]} */ ([...root.querySelectorAll("details")]);
  const field = find(root, '[name="question"]');
  const search = () => {
    const found = filter(all, stemsOf(field.value));
    for (const group of root.querySelectorAll(".groups > div"))
      group.toggleAttribute("hidden", !group.querySelector("details:not([hidden])"));
    show(find(root, '[data-field="found"]'), field.value.trim() ? summary(found, all.length) : "");
  };
  field.addEventListener("input", search);
  root.addEventListener("lookat", ({ target }) => {
    if (!(/** @type {Element} */ (target).closest("[hidden]"))) return;
    field.value = "";
    search();
  });
}

const summary = (found, of) =>
  found ? `${found} of ${of}` : `None of ${of} questions contains all of these words. Try fewer.`;

/**
 * Hides questions without all of the words. Returns the number of the others.
 * @returns {number} how many have
 */
function filter(all, stems) {
  for (const question of all) question.hidden = !matches(question.textContent, stems);
  return all.filter(({ hidden }) => !hidden).length;
}
