// The clock of the page, and a steady rate by it.

import { now as read } from "../trilane/time.js";

// The page's only clock is the client's. The publisher and all transports read it, so a latency is
// the difference of two readings of one clock. No server is asked for the time.

export { read as now };

// Long enough for several steps of the coarsest clock in use (1 ms), short enough not to be
// noticed.
const TIMEOUT_MS = 15;

/**
 * Measures the smallest step of the clock. Browsers change it, and cross-origin isolation does not
 * guarantee it.
 * @returns {number} milliseconds
 */
export function resolution(time = () => performance.now()) {
  let smallest = Infinity;
  const start = time();
  for (let last = start; last - start < TIMEOUT_MS;) {
    const next = time();
    if (next > last) smallest = Math.min(smallest, next - last);
    last = next;
  }
  return smallest;
}

// A steady rate, open loop: due times are fixed in advance, and a late timer does not shift those
// that follow. Latency counts from the due times, so a delayed publisher cannot hide it.

// After a longer gap (sleep, a throttled tab) the schedule starts again: a flood of old messages
// would measure the gap.
const HOLE_MS = 1_000;
// After a shorter gap, due messages are sent a few at a time: a request takes the browser half a
// millisecond, and frames wait.
const MAX_AT_ONCE = 8;

/**
 * @param {number} rate per second
 * @param {AbortSignal} signal
 * @param {(due: number) => void} send
 */
export function steady(rate, signal, send, { now = read } = {}) {
  const gap = 1000 / rate;
  let due = now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  fire();

  function fire() {
    if (now() - due > HOLE_MS) due = now();
    for (let sent = 0; sent < MAX_AT_ONCE && due <= now(); sent += 1, due += gap) send(due);
    timer = setTimeout(fire, due - now());
  }
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
