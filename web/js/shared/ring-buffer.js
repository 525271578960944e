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
