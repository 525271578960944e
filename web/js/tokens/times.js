// The times that the reader of a stream of tokens notices. Pure functions.

import { DUPLICATE } from "../lanes/trace.js";

// Closer than this to the token before, a reader sees both at once.
const TOGETHER_MS = 1;
// Ten samples beyond the percentile, as in the report.
const ENOUGH = { median: 20, p99: 1_000 };

/**
 * @typedef {import("../shared/bounded.js").RingBuffer} RingBuffer
 * @typedef {object} TokenTimes
 * @property {number} [median]  milliseconds between two tokens
 * @property {number} [p99]  milliseconds between two tokens
 * @property {number} [lumps]  share of tokens that came together with the one before, 0 to 1
 */

/**
 * Returns the arrivals of this page's messages that were sent since then, without duplicates.
 * @param {RingBuffer} arrivals of a trace
 * @param {number} since
 */
function* tokens(arrivals, since) {
  for (let index = arrivals.first("at", since); index < arrivals.length; index += 1)
    if (arrivals.get(index, "sent") >= since && arrivals.get(index, "kind") !== DUPLICATE)
      yield arrivals.get(index, "at");
}

/**
 * @param {RingBuffer} arrivals of a trace
 * @param {number} start of the stream
 * @returns {number | undefined} milliseconds until its first token arrived
 */
export function firstToken(arrivals, start) {
  const [first] = tokens(arrivals, start);
  return first === undefined ? undefined : first - start;
}

/**
 * @param {RingBuffer} arrivals of a trace
 * @param {number} since
 * @returns {TokenTimes} without the figures for which too few arrived
 */
export function betweenTokens(arrivals, since) {
  const times = [...tokens(arrivals, since)];
  const gaps = Float64Array.from(times.slice(1), (at, index) => at - times[index]).sort();
  const quantile = (/** @type {number} */ share) => gaps[Math.ceil(share * gaps.length) - 1];
  return {
    ...(gaps.length >= ENOUGH.median && {
      median: quantile(0.5),
      lumps: gaps.filter((gap) => gap < TOGETHER_MS).length / gaps.length,
    }),
    ...(gaps.length >= ENOUGH.p99 && { p99: quantile(0.99) }),
  };
}
