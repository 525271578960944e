// The scale of the rate slider: the first stop is off, then twenty stops per decade. Also the
// position of the knee.

import { LIMITS } from "./address.js";

const SLOWEST = 0.2;
const A_DECADE = 20;
export const STOPS = 1 + A_DECADE * Math.log10(LIMITS.rate.max / SLOWEST);

/** @param {number} stop @returns {number} messages per second, two digits */
export function rateAt(stop) {
  if (stop < 1) return 0;
  return Number(Math.min(LIMITS.rate.max, SLOWEST * 10 ** ((stop - 1) / A_DECADE)).toPrecision(2));
}

/** @param {number} rate @returns {number} the stop, not rounded */
export function stopFor(rate) {
  return rate > 0 ? Math.max(1, 1 + A_DECADE * Math.log10(rate / SLOWEST)) : 0;
}

/**
 * Returns the rate of one message per round trip. Above it, messages reach long polling between two
 * polls.
 * @param {{ delay: number }} link milliseconds, one way
 * @returns {number | undefined} undefined if the link has no delay
 */
export const kneeOf = ({ delay }) => (delay > 0 ? 1000 / (2 * delay) : undefined);
