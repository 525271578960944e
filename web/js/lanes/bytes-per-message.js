// Bytes per message of a lane over a window of the last minute, from the gate's byte counter and
// the message count at each of its reports.

import { RingBuffer } from "../shared/ring-buffer.js";

// Two reports per second, plus those after the page's own requests.
const MOST = 256;
/** Fewer messages would make the figure a matter of chance. */
export const MIN_MESSAGES = 5;

export class BytesPerMessage {
  #readings = new RingBuffer(["at", "bytes", "count"], MOST);

  /** @param {{ at: number, bytes: number, count: number }} reading */
  read(reading) {
    this.#readings.push(reading);
  }

  /** @param {number} since @returns {number | undefined} undefined if too few messages arrived */
  bytesEach(since) {
    const [first, last] = [this.#readings.first("at", since), this.#readings.length - 1];
    if (first >= last) return undefined;
    const grown = (field) => this.#readings.get(last, field) - this.#readings.get(first, field);
    return grown("count") >= MIN_MESSAGES ? grown("bytes") / grown("count") : undefined;
  }
}
