// Figures of a lane over a bounded window.

import { RecentMedian, RingBuffer } from "../shared/bounded.js";

// The window for the figures of the table: the last minute, or since rate, size or link changed.

// Messages in flight at a change still belong to the old conditions.
const SETTLES_MS = 1_000;
const WINDOW_MS = 60_000;

export class SteadyWindow {
  #conditions = "";
  #since = 0;

  /**
   * Starts again if a condition has changed, including whether bytes are counted.
   * @param {unknown} conditions
   * @param {number} now
   */
  look(conditions, now) {
    const text = JSON.stringify(conditions);
    if (text === this.#conditions) return;
    this.#since = this.#conditions ? now + SETTLES_MS : now;
    this.#conditions = text;
  }

  /** @param {number} now */
  since(now) {
    return Math.max(this.#since, now - WINDOW_MS);
  }
}

// Bytes per message of a lane over a window of the last minute, from the gate's byte counter and
// the message count at each of its reports.

// Two reports per second, plus those after the page's own requests.
const MOST = 256;
/** Fewer messages would make the figure a matter of chance. */
export const MIN_MESSAGES = 5;

export class BytesPerMessage {
  #readings = new RingBuffer(["at", "bytes", "count"], MOST);

  /** @param {{ at: number, bytes: number, count: number }} reading */
  read(reading) {
    this.#readings.push(reading);
  }

  /** @param {number} since @returns {number | undefined} undefined if too few messages arrived */
  bytesEach(since) {
    const [first, last] = [this.#readings.first("at", since), this.#readings.length - 1];
    if (first >= last) return undefined;
    const grown = (/** @type {string} */ field) =>
      this.#readings.get(last, field) - this.#readings.get(first, field);
    return grown("count") >= MIN_MESSAGES ? grown("bytes") / grown("count") : undefined;
  }
}

// The age of the newest message of a lane: how old the visible state is, whether messages arrive
// evenly or in batches.

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

  /** @param {number} newest @param {number} at */
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
