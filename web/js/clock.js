// The page's only clock is the client's. The publisher and all transports read it, so a latency is
// the difference of two readings of one clock. No server is asked for the time.

export { now } from "./trilane/clock.js";

// Long enough for several steps of the coarsest clock in use (1 ms), short enough not to be
// noticed.
const TIMEOUT_MS = 15;

/**
 * Measures the smallest step of the clock. Browsers change it, and cross-origin isolation does not
 * guarantee it.
 * @returns {number} milliseconds
 */
export function resolution(read = () => performance.now()) {
  let smallest = Infinity;
  const start = read();
  for (let last = start; last - start < TIMEOUT_MS;) {
    const next = read();
    if (next > last) smallest = Math.min(smallest, next - last);
    last = next;
  }
  return smallest;
}
