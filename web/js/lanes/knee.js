// Latency and requests on each side of the knee, the rate of one message per round trip. Figures
// come from the lanes' traces, from when the rate was chosen or the last interruption ended. They
// need enough messages.

import { kneeOf } from "../page/settings.js";
import { medianOf } from "../shared/bounded.js";

// Messages in flight when the rate changed still belong to the old rate.
const SETTLES_MS = 1_000;
// Until then lanes that were cut reconnect, and delayed messages arrive.
const RECOVERS_MS = 2_000;
// Faults are polled twice a second: the most recent messages may belong to a fault that is not
// known yet.
const UNSURE_MS = 1_000;
// The last half minute is enough for a reading, and follows a link that changes.
const WINDOW_MS = 30_000;
/** Fewer messages would make the median a matter of chance. */
export const MIN_MESSAGES = 10;

/**
 * @typedef {object} Figures  of one lane at one rate
 * @property {number} messages
 * @property {number} requests  started within the window
 * @property {number | undefined} median  latency in milliseconds
 *
 * @typedef {{ rate: number, side: "below" | "above", lanes: Record<string, Figures> }} Reading
 */

export class Knee {
  /** @type {{ below?: Reading, above?: Reading }} the latest on each side */
  readings = {};
  #rate = NaN;
  #link = { delay: NaN };
  #conditions = "";
  #since = 0;

  /**
   * Starts again if the conditions have changed.
   * @param {{ rate: number, size: number }} settings
   * @param {{ delay: number }} link
   * @param {number} now
   */
  choose({ rate, size }, link, now) {
    const conditions = JSON.stringify([size, link]);
    if (conditions === this.#conditions && rate === this.#rate) return;
    // Another link has another knee.
    if (conditions !== this.#conditions) this.readings = {};
    [this.#rate, this.#link, this.#conditions] = [rate, link, conditions];
    this.#begin(now + SETTLES_MS);
  }

  /** Starts again after an interruption. @param {number} at the latest moment of it */
  interrupt(at) {
    this.#begin(at + RECOVERS_MS);
  }

  /** @param {number} since */
  #begin(since) {
    this.#since = Math.max(this.#since, since);
  }

  /** @param {import("./lane.js").Lane[]} lanes those that get messages @param {number} now */
  read(lanes, now) {
    const since = Math.max(this.#since, now - WINDOW_MS);
    const until = now - UNSURE_MS;
    const entries = lanes.map(
      ({ name, trace }) => /** @type {const} */ ([name, figures(trace, since, until)]),
    );
    const isEnough =
      entries.length && entries.every(([, { messages }]) => messages >= MIN_MESSAGES);
    const side = this.#rate > (kneeOf(this.#link) ?? Infinity) ? "above" : "below";
    if (isEnough)
      this.readings[side] = { rate: this.#rate, side, lanes: Object.fromEntries(entries) };
    return this.readings;
  }
}

/**
 * @param {import("./trace.js").Trace} trace
 * @param {number} since
 * @param {number} until
 * @returns {Figures}
 */
function figures(trace, since, until) {
  const { requests } = trace;
  const times = trace.latencies(since, until);
  const [start, end] = requests.range("start", since, until);
  return {
    messages: times.length,
    requests: end - start,
    median: medianOf(times),
  };
}
