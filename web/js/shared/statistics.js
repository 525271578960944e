// Statistics over a bounded window: memory does not grow with the time that the page is open.

// Enough for a steady median, few enough to follow a change of rate within seconds.
const WINDOW = 200;

export class RecentMedian {
  /** @type {number[]} */
  #samples = [];
  #oldest = 0;

  constructor(size = WINDOW) {
    this.size = size;
  }

  get count() {
    return this.#samples.length;
  }

  /** @param {number} sample */
  add(sample) {
    if (this.#samples.length < this.size) {
      this.#samples.push(sample);
      return;
    }
    this.#samples[this.#oldest] = sample;
    this.#oldest = (this.#oldest + 1) % this.size;
  }

  /** @returns {number | undefined} */
  get median() {
    return medianOf(this.#samples);
  }
}

/** @param {number[]} samples @returns {number | undefined} */
export function medianOf(samples) {
  // Typed arrays sort many times faster than a sort with a comparison function.
  const sorted = Float64Array.from(samples).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? sorted[middle]
    : sorted.length
      ? (sorted[middle - 1] + sorted[middle]) / 2
      : undefined;
}
