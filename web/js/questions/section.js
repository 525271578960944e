// The section "Questions": the search field. page/navigation.js unfolds the target of a link.

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

/** @param {number} found @param {number} of */
const summary = (found, of) =>
  found ? `${found} of ${of}` : `None of ${of} questions contains all of these words. Try fewer.`;

/**
 * Hides questions without all of the words. Returns the number of the others.
 * @param {HTMLDetailsElement[]} all
 * @param {string[]} stems
 * @returns {number} how many have
 */
function filter(all, stems) {
  for (const question of all) question.hidden = !matches(question.textContent, stems);
  return all.filter(({ hidden }) => !hidden).length;
}

// A word search in any inflection: each word of the query is cut to its stem, and a text matches if
// a word starts with it.

// Also cuts the "t" of "lost", to the stem of lose, loss and losing.
const ENDING = /(?<=...)(ing|ed|es|s|e)$|(?<=..s)t$/;

/** @param {string} text @returns {string[]} */
const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Returns the stems of its words. @param {string} query @returns {string[]} of its words */
export const stemsOf = (query) => wordsOf(query).map((word) => word.replace(ENDING, ""));

/** Returns whether a text has all of the stems. @param {string} text @param {string[]} stems */
export function matches(text, stems) {
  const words = wordsOf(text);
  return stems.every((stem) => words.some((word) => word.startsWith(stem)));
}
