// A reconnect storm: the gate's clients are cut and reconnect, first all at once, then each after a
// random wait. The gate reports when each was accepted.

export const CLIENTS = 100;
export const STEP_MS = 100;
/** The wait is at most half a second, plus the time to connect. */
export const STEPS = 10;

/**
 * @param {number[]} accepted  milliseconds after the cut
 * @returns {number[]} the number of clients in each step; the last step has all later ones
 */
export function histogram(accepted) {
  const counts = Array(STEPS).fill(0);
  for (const at of accepted) counts[Math.min(STEPS - 1, Math.floor(at / STEP_MS))] += 1;
  return counts;
}
