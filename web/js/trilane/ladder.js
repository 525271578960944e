// Which transport is tried next: the best one until it has failed often enough, then the one below; after the last, the
// first again. Knows no network and no time.

// Once may be a restart, twice is a transport that does not work here.
const PATIENCE = 2;

/** @typedef {import("./transports/index.js").Name} Name */

export class Ladder {
  /** @type {Name[]} best first */
  #names;
  #step = 0;
  #failures = 0;

  /** @param {Name[]} names */
  constructor(names) {
    this.#names = [...names];
  }

  get isEmpty() {
    return this.#names.length === 0;
  }

  get current() {
    return this.#names[this.#step];
  }

  /** What would be worth climbing to, best first. */
  get better() {
    return this.#names.slice(0, this.#step);
  }

  /** The current one has worked. */
  worked() {
    this.#failures = 0;
  }

  /**
   * The current one has failed.
   * @param {boolean} hopeless it did not even open in time: no second try before the others had theirs
   * @returns {boolean} whether the next one is another, lower one, which deserves its try without a wait
   */
  failed(hopeless = false) {
    this.#failures += 1;
    if (this.#failures < PATIENCE && !hopeless) return false;
    this.#failures = 0;
    this.#step = (this.#step + 1) % this.#names.length;
    return this.#step > 0;
  }

  /** Not to be tried again. @param {Name} name */
  remove(name) {
    const current = this.current;
    this.#names = this.#names.filter((other) => other !== name);
    const kept = this.#names.indexOf(current);
    this.#step = kept >= 0 ? kept : this.#step % Math.max(1, this.#names.length);
    if (kept < 0) this.#failures = 0;
  }

  /** @param {Name} name */
  climbTo(name) {
    this.#step = this.#names.indexOf(name);
    this.#failures = 0;
  }
}
