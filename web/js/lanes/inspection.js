// One message in all lanes: when it came in each, by which request, and what else came by that.

import { KINDS } from "./trace.js";

/**
 * @typedef {object} Found  a message in one lane
 * @property {string} lane
 * @property {number} [at]       when it came; nothing else is known if it did not
 * @property {number} [ms]       how long it took
 * @property {string} [kind]
 * @property {number} [request]  counted from one
 * @property {number} [together] how many messages came by that request
 * @property {boolean} [ended]   whether the answer ended with it, as a poll's does
 */

/**
 * @param {import("./lane.js").Lane[]} lanes
 * @param {import("./recent-messages.js").MessageKey} message
 * @returns {Found[]}
 */
export const inspect = (lanes, message) => lanes.map((lane) => ({ lane: lane.name, ...findIn(lane.trace, message) }));

/** @param {import("./trace.js").Trace} trace */
function findIn(trace, message) {
  const { arrivals, requests } = trace;
  const index = indexOf(trace, message);
  if (index < 0) return {};
  const { at, sent, step, kind } = arrivals.row(index);
  const request = requests.first("step", step);
  const ended = request < requests.length && !Number.isNaN(requests.get(request, "end"));
  const together = arrivals.first("step", step + 1) - arrivals.first("step", step);
  return { at, ms: Number.isNaN(sent) ? undefined : at - sent, kind: KINDS[kind], request: step + 1, together, ended };
}

/**
 * Where a message is among the arrivals of a lane; of its copies, the newest.
 * @param {import("./trace.js").Trace} trace
 * @param {import("./recent-messages.js").MessageKey} message
 * @returns {number} -1 if it is not there
 */
export function indexOf({ arrivals }, { n, offset }) {
  const [field, value] = Number.isNaN(n) ? ["offset", offset] : ["n", n];
  // From the newest, since that is where people look.
  let index = arrivals.length - 1;
  while (index >= 0 && arrivals.get(index, field) !== value) index -= 1;
  return index;
}

/**
 * The message next to a moment.
 * @param {import("./trace.js").Trace} trace
 * @param {number} at
 * @returns {number | undefined} its index among the arrivals
 */
export function nearest({ arrivals }, at) {
  if (!arrivals.length) return;
  const after = Math.min(arrivals.first("at", at), arrivals.length - 1);
  const before = Math.max(0, after - 1);
  return at - arrivals.get(before, "at") < arrivals.get(after, "at") - at ? before : after;
}

/** The message that the visitor looks at. Dispatches `change`. */
export class Selection extends EventTarget {
  /** @type {import("./recent-messages.js").MessageKey | undefined} */
  message;
  #lanes;

  /** @param {import("./lane.js").Lane[]} lanes */
  constructor(lanes) {
    super();
    this.#lanes = lanes;
  }

  /** @type {Map<string, number | undefined>} when it came, by lane */
  #times = new Map();

  /** @param {string} lane in which it was chosen @param {Record<string, number>} arrival */
  set(lane, { n, offset, at }) {
    this.message = { n, offset };
    this.#times = new Map(inspect(this.#lanes, this.message).map((found) => [found.lane, found.at]));
    // One that came twice is the one that was pointed at.
    this.#times.set(lane, at);
    this.dispatchEvent(new Event("change"));
  }

  clear() {
    this.message = undefined;
    this.#times.clear();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} lane */
  at(lane) {
    return this.#times.get(lane);
  }
}
