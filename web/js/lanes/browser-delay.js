// How late this browser is: measured, and said above the lanes.

import * as clock from "../shared/clock.js";
import { RecentMedian } from "../shared/bounded.js";
import { show } from "../ui/dom.js";

// How late this browser runs what is due. While its main thread is busy, messages wait for it, and
// latencies include that wait.

const INTERVAL_MS = 100;
// Five seconds.
const SAMPLES = 50;
/** A latency that is measured later than this says more about the browser than about the link. */
export const LATE_MS = 8;

export class BrowserDelay {
  #recent = new RecentMedian(SAMPLES);

  /** @param {number} ms by which a timer was late */
  note(ms) {
    this.#recent.add(Math.max(0, ms));
  }

  /**
   * The median delay of the last five seconds.
   * @returns {number | undefined} milliseconds, undefined unless the browser is late
   */
  get late() {
    const { count, median = 0 } = this.#recent;
    return count >= SAMPLES && median > LATE_MS ? median : undefined;
  }

  /** Measures from now on, but not in a hidden tab, whose timers the browser slows down. */
  watch() {
    const due = clock.now() + INTERVAL_MS;
    setTimeout(() => {
      if (!document.hidden) this.note(clock.now() - due);
      this.watch();
    }, INTERVAL_MS);
  }
}

// Says that the browser itself is late, in the place of the hint above the lanes, so that nothing
// moves.

const SHOWN_EVERY_MS = 1_000;

/**
 * @param {Element} note
 * @param {Element} hint  that it replaces
 * @param {BrowserDelay} browserDelay
 */
export function browserDelayView(note, hint, browserDelay) {
  setInterval(() => {
    const { late } = browserDelay;
    show(note, late === undefined ? "" : words(late));
    hint.classList.toggle("visually-hidden", late !== undefined);
  }, SHOWN_EVERY_MS);
}

/** @param {number} late milliseconds */
export const words = (late) =>
  `This browser runs ${Math.round(late)} ms late: do not compare latencies.`;
