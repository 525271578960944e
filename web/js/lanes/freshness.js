// How old the newest message is that a lane has shown: what the visitor sees, whether messages come one by one or in lumps.

import { RecentMedian } from "../shared/statistics.js";

/** Between two samples. */
export const SAMPLE_MS = 100;
// The last minute.
const WINDOW = 60_000 / SAMPLE_MS;
const PEAK_MS = 1_000;

export class Freshness {
  /** @type {number | undefined} milliseconds, at the last sample */
  age;
  #samples = new RecentMedian(WINDOW);
  /** @type {{ age: number, at: number }[]} of the last second, each larger than all later ones */
  #peaks = [];

  /** @param {number} newest when the newest message was sent, -Infinity if there is none @param {number} now */
  sample(newest, now) {
    if (newest === -Infinity) return;
    this.age = this.#note(newest, now);
    this.#samples.add(this.age);
  }

  /** The newest is about to be another one, and was never older. @param {number} newest @param {number} now */
  end(newest, now) {
    if (newest !== -Infinity) this.#note(newest, now);
  }

  /** The largest of the last second: it stays where it is while messages come evenly. @returns {number | undefined} */
  get peak() {
    return this.#peaks[0]?.age;
  }

  #note(newest, at) {
    // Another clock may be a little ahead.
    const age = Math.max(0, at - newest);
    this.#peaks = [...this.#peaks.filter((peak) => peak.age > age && peak.at > at - PEAK_MS), { age, at }];
    return age;
  }

  get median() {
    return this.#samples.median;
  }
}
