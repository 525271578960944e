// Schedules the next attempt with a better transport: after a delay that doubles until that
// transport works.

const MAX_MS = 600_000;

export class UpgradeTimer {
  #delay;
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
