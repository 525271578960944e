// Counts the bytes on the wire of each lane since the page was opened, from the gate's counters.
// Suspended while a measurement uses the lane.

export class ByteCounter {
  /** @type {Map<string, { base: number, last: number }>} */
  #lanes = new Map();
  #suspended = false;

  /**
   * @param {string} lane
   * @param {number} total  counted by the gate since it started
   * @returns {number} the bytes of this page
   */
  read(lane, total) {
    const known = this.#lanes.get(lane);
    // A gate that was restarted counts from zero.
    if (!known || total < known.last)
      return this.#note(lane, total - (known ? known.last - known.base : 0), total);
    return this.#note(lane, this.#suspended ? known.base + total - known.last : known.base, total);
  }

  get suspended() {
    return this.#suspended;
  }

  /** @param {boolean} suspended */
  setSuspended(suspended) {
    this.#suspended = suspended;
  }

  #note(lane, base, last) {
    this.#lanes.set(lane, { base, last });
    return last - base;
  }
}
