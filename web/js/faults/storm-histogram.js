// A reconnect storm: the gate's own clients are cut at once and come back, first all at once, then each after a wait of its
// own. How many were accepted when is what the gate says.

export const CLIENTS = 100;
export const STEP_MS = 100;
/** A wait is at most half a second, and then comes the way back. */
export const STEPS = 10;

/**
 * @param {number[]} accepted  milliseconds after the cut
 * @returns {number[]} how many in each step; the last one holds all later ones
 */
export function histogram(accepted) {
  const counts = Array(STEPS).fill(0);
  for (const at of accepted) counts[Math.min(STEPS - 1, Math.floor(at / STEP_MS))] += 1;
  return counts;
}
