// A steady rate, open loop: due times are fixed in advance, and a late timer does not shift those
// that follow. Latency counts from the due times, so a delayed publisher cannot hide it.

import * as clock from "../clock.js";

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
export function steady(rate, signal, send, { now = clock.now } = {}) {
  const gap = 1000 / rate;
  let due = now();
  let timer;
  fire();

  function fire() {
    if (now() - due > HOLE_MS) due = now();
    for (let sent = 0; sent < MAX_AT_ONCE && due <= now(); sent += 1, due += gap) send(due);
    timer = setTimeout(fire, due - now());
  }
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
