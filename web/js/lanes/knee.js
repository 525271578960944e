// What happens on each side of the knee, the rate at which one message comes for each round trip: what the lanes took at a
// rate is read from their traces, from when that rate was chosen or the last disturbance was over, and told only when enough
// has come to be told.

import { kneeOf } from "../page/rate-scale.js";
import { medianOf } from "../shared/statistics.js";

// What was on its way when the rate changed still belongs to the old one.
const SETTLES_MS = 1_000;
// Who was lost comes back, and what has waited meanwhile is brought.
const RECOVERS_MS = 2_000;
// The gate is asked what is broken twice a second: what came just now may have come by what is not known to be broken yet.
const UNSURE_MS = 1_000;
// The latest half a minute is enough to read, and follows a link that changes.
const WINDOW_MS = 30_000;
/** Fewer messages would make a median of chance. */
export const MIN_MESSAGES = 10;

/**
 * @typedef {object} Figures  of one lane at one rate
 * @property {number} messages
 * @property {number} requests  that were begun meanwhile
 * @property {number | undefined} median  latency in milliseconds
 *
 * @typedef {{ rate: number, side: "below" | "above", lanes: Record<string, Figures> }} Reading
 */

export class Knee {
  /** @type {{ below?: Reading, above?: Reading }} the latest on either side */
  readings = {};
  #rate = NaN;
  #link = { delay: NaN };
  #conditions = "";
  #since = 0;

  /** Begins anew if something is different. @param {{ rate: number, size: number }} settings @param {{ delay: number }} link @param {number} now */
  choose({ rate, size }, link, now) {
    const conditions = JSON.stringify([size, link]);
    if (conditions === this.#conditions && rate === this.#rate) return;
    // On another link it is another knee.
    if (conditions !== this.#conditions) this.readings = {};
    [this.#rate, this.#link, this.#conditions] = [rate, link, conditions];
    this.#begin(now + SETTLES_MS);
  }

  /** Something was broken, measured or sent beside the steady messages. @param {number} at the latest moment of it */
  interrupt(at) {
    this.#begin(at + RECOVERS_MS);
  }

  /** @param {number} since */
  #begin(since) {
    this.#since = Math.max(this.#since, since);
  }

  /** @param {import("./lane.js").Lane[]} lanes that messages come to @param {number} now */
  read(lanes, now) {
    const since = Math.max(this.#since, now - WINDOW_MS);
    const until = now - UNSURE_MS;
    const entries = lanes.map(({ name, trace }) => /** @type {const} */ ([name, figures(trace, since, until)]));
    const isEnough = entries.length && entries.every(([, { messages }]) => messages >= MIN_MESSAGES);
    const side = this.#rate > (kneeOf(this.#link) ?? Infinity) ? "above" : "below";
    if (isEnough) this.readings[side] = { rate: this.#rate, side, lanes: Object.fromEntries(entries) };
    return this.readings;
  }
}

/** @param {import("./trace.js").Trace} trace @param {number} since @param {number} until @returns {Figures} */
function figures(trace, since, until) {
  const { requests } = trace;
  const times = trace.latencies(since, until);
  return { messages: times.length, requests: Math.max(0, requests.first("start", until) - requests.first("start", since)), median: medianOf(times) };
}
