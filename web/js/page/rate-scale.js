// The scale of the rate's slider: its first stop is off, then twenty stops a decade. Where the knee is on it.

import { LIMITS } from "./address.js";

const SLOWEST = 0.2;
const A_DECADE = 20;
export const STOPS = 1 + A_DECADE * Math.log10(LIMITS.rate.max / SLOWEST);

/** @param {number} stop @returns {number} messages a second, in two digits */
export function rateAt(stop) {
  if (stop < 1) return 0;
  return Number(Math.min(LIMITS.rate.max, SLOWEST * 10 ** ((stop - 1) / A_DECADE)).toPrecision(2));
}

/** @param {number} rate @returns {number} the stop, not rounded */
export function stopFor(rate) {
  return rate > 0 ? Math.max(1, 1 + A_DECADE * Math.log10(rate / SLOWEST)) : 0;
}

/**
 * The rate at which one message comes for each round trip: what is faster reaches long polling while it is asking again.
 * @param {{ delay: number }} link milliseconds, one way
 * @returns {number | undefined} nothing if the link takes no time
 */
export const kneeOf = ({ delay }) => (delay > 0 ? 1000 / (2 * delay) : undefined);
