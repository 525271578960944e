// The page's only clock is the client's. Composer and transports all read it, so a latency is the difference of two
// readings of one clock. Nothing here asks a server for the time.

export { now } from "./trilane/clock.js";

// Long enough to see several steps of the coarsest clock in use (1 ms), short enough not to be felt.
const TIMEOUT_MS = 15;

/**
 * The smallest step this clock makes, measured rather than looked up: browsers change it, and isolation is only a promise.
 * @returns {number} milliseconds
 */
export function resolution(read = () => performance.now()) {
  let smallest = Infinity;
  const start = read();
  for (let last = start; last - start < TIMEOUT_MS; ) {
    const next = read();
    if (next > last) smallest = Math.min(smallest, next - last);
    last = next;
  }
  return smallest;
}
