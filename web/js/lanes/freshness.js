// The age of the newest message of a lane: how old the visible state is, whether messages arrive
// evenly or in batches.

import { RecentMedian } from "../shared/statistics.js";

/** Time between two samples. */
export const SAMPLE_MS = 100;
// One minute.
const WINDOW = 60_000 / SAMPLE_MS;
const PEAK_MS = 1_000;

export class Freshness {
  /** @type {number | undefined} milliseconds, at the last sample */
  age;
  #samples = new RecentMedian(WINDOW);
  /** @type {{ age: number, at: number }[]} of the last second, each larger than all later ones */
  #peaks = [];

  /**
   * @param {number} newest when the newest message was sent, -Infinity if there is none
   * @param {number} now
   */
  sample(newest, now) {
    if (newest === -Infinity) return;
    this.age = this.#note(newest, now);
    this.#samples.add(this.age);
  }

  /**
   * Records the greatest age of the newest message, just before a newer one replaces it.
   * @param {number} newest
   * @param {number} now
   */
  end(newest, now) {
    if (newest !== -Infinity) this.#note(newest, now);
  }

  /**
   * The greatest age within the last second, which is stable while messages arrive evenly.
   * @returns {number | undefined}
   */
  get peak() {
    return this.#peaks[0]?.age;
  }

  #note(newest, at) {
    // The other clock may be slightly ahead.
    const age = Math.max(0, at - newest);
    this.#peaks = [
      ...this.#peaks.filter((peak) => peak.age > age && peak.at > at - PEAK_MS),
      { age, at },
    ];
    return age;
  }

  get median() {
    return this.#samples.median;
  }
}
