// Finding texts by words in whatever form: what is asked for is cut to its stem, and a text has it if a word of it begins so.

// Of "lost" as well, which has its stem in common with lose, loss and losing.
const ENDING = /(?<=...)(ing|ed|es|s|e)$|(?<=..s)t$/;

/** @param {string} text @returns {string[]} */
const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** @param {string} query @returns {string[]} of its words */
export const stemsOf = (query) => wordsOf(query).map((word) => word.replace(ENDING, ""));

/** Whether a text has all of them. @param {string} text @param {string[]} stems */
export function matches(text, stems) {
  const words = wordsOf(text);
  return stems.every((stem) => words.some((word) => word.startsWith(stem)));
}
