// Values that a test knows to be there: without one it fails, and says so.

import assert from "node:assert/strict";

/**
 * @template T
 * @param {T} value
 * @returns {NonNullable<T>}
 */
export function present(value) {
  assert.ok(value !== undefined && value !== null, "a value is absent");
  return value;
}

/**
 * @template T
 * @param {T[]} list
 * @returns {NonNullable<T>} the last one
 */
export const latest = (list) => present(list.at(-1));
