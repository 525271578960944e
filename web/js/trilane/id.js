// Message ids, `epoch-offset`. The epoch names one history; the offset grows by exactly one within
// it, so losses can be counted.

/** @typedef {{ epoch: number, offset: number }} Id */

/**
 * @param {unknown} text
 * @returns {Id | undefined} undefined if the text is not an id
 */
export function parseId(text) {
  const match = /^(\d+)-(\d+)$/.exec(String(text));
  return match ? { epoch: Number(match[1]), offset: Number(match[2]) } : undefined;
}
