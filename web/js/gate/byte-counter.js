// Bytes on the wire of each lane since the page was opened, from the gate's counters. While others use the lane for a
// measurement of their own, counting rests.

export class ByteCounter {
  /** @type {Map<string, { base: number, last: number }>} */
  #lanes = new Map();
  #rests = false;

  /**
   * @param {string} lane
   * @param {number} total  that the gate has counted since it began
   * @returns {number} what belongs to this page's lane
   */
  read(lane, total) {
    const known = this.#lanes.get(lane);
    // A gate that began anew counts from nothing.
    if (!known || total < known.last) return this.#note(lane, total - (known ? known.last - known.base : 0), total);
    return this.#note(lane, this.#rests ? known.base + total - known.last : known.base, total);
  }

  get rests() {
    return this.#rests;
  }

  /** @param {boolean} rests */
  rest(rests) {
    this.#rests = rests;
  }

  #note(lane, base, last) {
    this.#lanes.set(lane, { base, last });
    return last - base;
  }
}
