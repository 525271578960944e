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
