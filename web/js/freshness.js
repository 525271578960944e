// How old the newest message is that a lane has shown: what the visitor sees, whether messages come one by one or in lumps.

import { RecentMedian } from "./stats.js";

/** Between two samples. */
export const SAMPLE_MS = 100;
// The last minute.
const WINDOW = 60_000 / SAMPLE_MS;

export class Freshness {
  /** @type {number | undefined} milliseconds, at the last sample */
  age;
  #samples = new RecentMedian(WINDOW);

  /** @param {number} newest when the newest message was sent, -Infinity if there is none @param {number} now */
  sample(newest, now) {
    if (newest === -Infinity) return;
    // Another clock may be a little ahead.
    this.age = Math.max(0, now - newest);
    this.#samples.add(this.age);
  }

  get median() {
    return this.#samples.median;
  }
}
