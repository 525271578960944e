// Values over a bounded window: memory does not grow with the time that the page is open.

// Rows of numbers in time order, in bounded memory: the oldest rows make room. Columns grow as they
// fill, and are not copied once the buffer is full.

const FIRST = 1024;

export class RingBuffer {
  length = 0;
  #start = 0;
  #capacity;
  /** @type {Record<string, Float64Array>} */
  #columns;

  /** @param {string[]} fields @param {number} most maximum number of rows */
  constructor(fields, most) {
    this.most = most;
    this.#capacity = Math.min(FIRST, most);
    this.#columns = Object.fromEntries(
      fields.map((field) => [field, new Float64Array(this.#capacity)]),
    );
  }

  /**
   * Appends a row.
   * @param {Record<string, number>} row one number for each field; what is missing is NaN
   */
  push(row) {
    if (this.length === this.#capacity && this.#capacity < this.most) this.#grow();
    if (this.length === this.#capacity) this.drop(1);
    this.length += 1;
    for (const field of Object.keys(this.#columns))
      this.set(this.length - 1, field, row[field] ?? NaN);
  }

  /** Removes the oldest rows. @param {number} count of the oldest rows */
  drop(count) {
    this.#start = (this.#start + count) % this.#capacity;
    this.length -= count;
  }

  /** @param {number} index from the oldest @param {string} field */
  get(index, field) {
    return this.#columns[field][(this.#start + index) % this.#capacity];
  }

  /** @param {number} index @param {string} field @param {number} value */
  set(index, field, value) {
    this.#columns[field][(this.#start + index) % this.#capacity] = value;
  }

  /** @param {number} index @returns {Record<string, number>} */
  row(index) {
    return Object.fromEntries(
      Object.keys(this.#columns).map((field) => [field, this.get(index, field)]),
    );
  }

  /**
   * Returns the index of the oldest row whose field is at least `value`, or the length. The field
   * must only grow.
   * @param {string} field
   * @param {number} value
   */
  first(field, value) {
    let low = 0;
    for (let high = this.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.get(middle, field) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Returns the indices of the rows whose field is at least `from` and less than `to`.
   * @param {string} field
   * @param {number} from
   * @param {number} to
   * @returns {[start: number, end: number]} `end` is not one of them, and never less than `start`
   */
  range(field, from, to) {
    const start = this.first(field, from);
    return [start, Math.max(start, this.first(field, to))];
  }

  #grow() {
    const capacity = Math.min(this.most, 2 * this.#capacity);
    for (const [field, old] of Object.entries(this.#columns)) {
      const column = new Float64Array(capacity);
      column.set(old.subarray(this.#start));
      column.set(old.subarray(0, this.#start), old.length - this.#start);
      this.#columns[field] = column;
    }
    this.#start = 0;
    this.#capacity = capacity;
  }
}

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
