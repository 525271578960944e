// The measurement for given needs: its rate, size and duration.

// Rare messages are as far apart as these two: each is alone on its way. At one a minute, a median
// would take half an hour.
const MIN_RATE = 2;
/** Enough for a median. */
const MESSAGES = 25;
const MIN_SECONDS = 12;
/** The waits before and after the measurement, on the default link. */
const WAITS_SECONDS = 3;

/**
 * @param {Pick<import("./needs.js").Needs, "rate" | "size">} needs
 * @returns {{ settings: { rate: number, size: number }, seconds: number, duration: number }}
 *   `seconds` of messages; `duration` with the waits
 */
export function planFor({ rate, size }) {
  const settings = { rate: Math.max(MIN_RATE, rate), size };
  const seconds = Math.max(MIN_SECONDS, Math.ceil(MESSAGES / settings.rate));
  return { settings, seconds, duration: seconds + WAITS_SECONDS };
}

/**
 * Returns whether a measurement for one need also holds for another.
 * @param {Pick<import("./needs.js").Needs, "rate" | "size">} one
 * @param {Pick<import("./needs.js").Needs, "rate" | "size">} other
 */
export const isSamePlan = (one, other) =>
  JSON.stringify(planFor(one)) === JSON.stringify(planFor(other));
