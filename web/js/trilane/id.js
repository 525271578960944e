// Message ids, `epoch-offset`. The epoch names one log, the offset grows by exactly one within it, and that contiguity
// is what makes losses countable.

/** @typedef {{ epoch: number, offset: number }} Id */

/**
 * @param {unknown} text
 * @returns {Id | undefined} nothing for a text that is no id
 */
export function parseId(text) {
  const match = /^(\d+)-(\d+)$/.exec(String(text));
  return match ? { epoch: Number(match[1]), offset: Number(match[2]) } : undefined;
}
