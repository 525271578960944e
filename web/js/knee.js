// What happens on each side of the knee, the rate at which one message comes for each round trip: what the lanes took at a
// rate is read from their traces, from when that rate was chosen, and told only when enough has come to be told.

import { kneeOf } from "./rate-scale.js";
import { medianOf } from "./stats.js";

// What was on its way when the rate changed still belongs to the old one.
const SETTLES_MS = 1_000;
// The latest half a minute is enough to read, and follows a link that changes.
const WINDOW_MS = 30_000;
/** Fewer messages would make a median of chance. */
export const ENOUGH = 10;

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
  #since = 0;

  /** Begins anew if something is different. @param {number} rate @param {{ delay: number }} link @param {number} now */
  choose(rate, link, now) {
    const sameLink = this.#link.delay === link.delay;
    if (sameLink && this.#rate === rate) return;
    // On another link it is another knee.
    if (!sameLink) this.readings = {};
    [this.#rate, this.#link, this.#since] = [rate, link, now + SETTLES_MS];
  }

  /** @param {import("./lane.js").Lane[]} lanes that are open @param {number} now */
  read(lanes, now) {
    const since = Math.max(this.#since, now - WINDOW_MS);
    const entries = lanes.map(({ name, trace }) => /** @type {const} */ ([name, figures(trace, since)]));
    const isEnough = entries.length && entries.every(([, { messages }]) => messages >= ENOUGH);
    const side = this.#rate > (kneeOf(this.#link) ?? Infinity) ? "above" : "below";
    if (isEnough) this.readings[side] = { rate: this.#rate, side, lanes: Object.fromEntries(entries) };
    return this.readings;
  }
}

/** @param {import("./trace.js").Trace} trace @param {number} since @returns {Figures} */
function figures({ arrivals, requests }, since) {
  const times = [];
  for (let index = arrivals.first("at", since); index < arrivals.length; index += 1) {
    const sent = arrivals.get(index, "sent");
    if (sent >= since) times.push(arrivals.get(index, "at") - sent);
  }
  return { messages: times.length, requests: requests.length - requests.first("start", since), median: medianOf(times) };
}
