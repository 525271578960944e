// A steady rate, open loop: moments are fixed in advance, and a late timer does not shift those that follow. Latency
// counts from these moments, so a publisher that is held up cannot hide it.

import * as clock from "../clock.js";

// After a longer hole (sleep, a throttled tab) the schedule starts anew: a flood of old messages would measure the hole.
const HOLE_MS = 1_000;
// After a shorter one what is due goes out little by little: a request takes the browser half a millisecond, and frames wait.
const MAX_AT_ONCE = 8;

/**
 * @param {number} rate a second
 * @param {AbortSignal} signal
 * @param {(due: number) => void} send
 */
export function steady(rate, signal, send, { now = clock.now } = {}) {
  const gap = 1000 / rate;
  let due = now();
  let timer;
  beat();

  function beat() {
    if (now() - due > HOLE_MS) due = now();
    for (let sent = 0; sent < MAX_AT_ONCE && due <= now(); sent += 1, due += gap) send(due);
    timer = setTimeout(beat, due - now());
  }
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
