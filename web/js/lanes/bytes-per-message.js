// What the gate counted of a lane and how many messages had come by then, at each of its answers: bytes a message in any
// window of the last minute.

import { RingBuffer } from "../shared/ring-buffer.js";

// Two a second, and those after what the page did itself.
const MOST = 256;
/** Fewer messages would make a figure of chance. */
export const MIN_MESSAGES = 5;

export class BytesPerMessage {
  #readings = new RingBuffer(["at", "bytes", "count"], MOST);

  /** @param {{ at: number, bytes: number, count: number }} reading */
  read(reading) {
    this.#readings.push(reading);
  }

  /** @param {number} since @returns {number | undefined} nothing if too few messages came */
  bytesEach(since) {
    const [first, last] = [this.#readings.first("at", since), this.#readings.length - 1];
    if (first >= last) return undefined;
    const grown = (field) => this.#readings.get(last, field) - this.#readings.get(first, field);
    return grown("count") >= MIN_MESSAGES ? grown("bytes") / grown("count") : undefined;
  }
}
