// When a better transport is tried again: after a while, and ever more rarely as long as it does not work.

const LONGEST_MS = 600_000;

export class Climber {
  #delay;
  #timer;

  /** @param {number} first milliseconds @param {() => number} random */
  constructor(first, random) {
    this.first = first;
    this.random = random;
    this.#delay = first;
  }

  /** @param {() => void} climb */
  plan(climb) {
    this.cancel();
    // Jitter upwards only: after a restart, everybody fell in the same moment.
    this.#timer = setTimeout(climb, this.#delay * (1 + this.random() / 2));
    this.#delay = Math.min(LONGEST_MS, this.#delay * 2);
  }

  cancel() {
    clearTimeout(this.#timer);
  }

  /** The best one has worked. */
  forget() {
    this.#delay = this.first;
  }
}
