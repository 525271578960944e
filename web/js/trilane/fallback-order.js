// The transport to try next: the best one until it has failed often enough, then the next. After
// the last comes the first again. A plain data structure, without network or clock.

// One failure may be a restart; two mean that the transport does not work here.
const MAX_FAILURES = 2;

/** @typedef {import("./transports/index.js").Name} Name */

export class FallbackOrder {
  /** @type {Name[]} best first */
  #names;
  #index = 0;
  #failures = 0;

  /** @param {Name[]} names best first */
  constructor(names) {
    this.#names = [...names];
  }

  get isEmpty() {
    return this.#names.length === 0;
  }

  get current() {
    return this.#names[this.#index];
  }

  /** The transports that are better than the current one, best first. */
  get better() {
    return this.#names.slice(0, this.#index);
  }

  /** Records that the current transport has worked. */
  recordSuccess() {
    this.#failures = 0;
  }

  /**
   * Records that the current transport has failed.
   * @param {boolean} isLate whether it did not even open in time: the others then get their turn
   *   first
   * @returns {boolean} whether the next one is another, lower transport, to be tried without a wait
   */
  recordFailure(isLate = false) {
    this.#failures += 1;
    if (this.#failures < MAX_FAILURES && !isLate) return false;
    this.#failures = 0;
    this.#index = (this.#index + 1) % this.#names.length;
    return this.#index > 0;
  }

  /** Never tries this transport again. @param {Name} name */
  remove(name) {
    const current = this.current;
    this.#names = this.#names.filter((other) => other !== name);
    const kept = this.#names.indexOf(current);
    this.#index = kept >= 0 ? kept : this.#index % Math.max(1, this.#names.length);
    if (kept < 0) this.#failures = 0;
  }

  /** @param {Name} name */
  upgradeTo(name) {
    this.#index = this.#names.indexOf(name);
    this.#failures = 0;
  }
}

// Schedules the next attempt with a better transport: after a delay that doubles until that
// transport works.

const MAX_MS = 600_000;

export class UpgradeTimer {
  #delay;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {number} first delay in milliseconds @param {() => number} random */
  constructor(first, random) {
    this.first = first;
    this.random = random;
    this.#delay = first;
  }

  /** @param {() => void} upgrade */
  schedule(upgrade) {
    this.cancel();
    // Jitter only adds to the delay: after a restart, all clients fell back at the same moment.
    this.#timer = setTimeout(upgrade, this.#delay * (1 + this.random() / 2));
    this.#delay = Math.min(MAX_MS, this.#delay * 2);
  }

  cancel() {
    clearTimeout(this.#timer);
  }

  /** Starts again at the first delay. Call it when the best transport has worked. */
  reset() {
    this.#delay = this.first;
  }
}
