// The message that is inspected, and the latest messages in full.

import { KINDS } from "./trace.js";

// One message in all lanes: when it arrived in each, by which request, and with how many others.

/**
 * @typedef {object} Found  a message in one lane
 * @property {string} lane
 * @property {number} [at]  time of arrival; if undefined, the other fields are too
 * @property {number} [ms]  latency
 * @property {string} [kind]
 * @property {number} [request]  number of the request, counted from one
 * @property {number} [together]  how many messages arrived by that request
 * @property {boolean} [ended]  whether the response ended with it, as a poll's does
 */

/**
 * @param {import("./lane.js").Lane[]} lanes
 * @param {MessageKey} message
 * @returns {Found[]}
 */
export const inspect = (lanes, message) =>
  lanes.map((lane) => ({ lane: lane.name, ...findIn(lane.trace, message) }));

/**
 * @param {import("./trace.js").Trace} trace
 * @param {MessageKey} message
 */
function findIn(trace, message) {
  const { arrivals, requests } = trace;
  const index = indexOf(trace, message);
  if (index < 0) return {};
  const { at, sent, step, kind } = arrivals.row(index);
  const request = requests.first("step", step);
  const ended = request < requests.length && !Number.isNaN(requests.get(request, "end"));
  const together = arrivals.first("step", step + 1) - arrivals.first("step", step);
  return {
    at,
    ms: Number.isNaN(sent) ? undefined : at - sent,
    kind: KINDS[kind],
    request: step + 1,
    together,
    ended,
  };
}

/**
 * Finds a message among the arrivals of a lane; of several copies, the newest.
 * @param {import("./trace.js").Trace} trace
 * @param {MessageKey} message
 * @returns {number} -1 if it did not arrive
 */
export function indexOf({ arrivals }, { n, offset }) {
  const [field, value] = Number.isNaN(n) ? ["offset", offset] : ["n", n];
  // From the newest, which is the most likely one.
  let index = arrivals.length - 1;
  while (index >= 0 && arrivals.get(index, field) !== value) index -= 1;
  return index;
}

/**
 * Finds the message next to a moment.
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

/** The selected message. Dispatches `change`. */
export class Selection extends EventTarget {
  /** @type {MessageKey | undefined} */
  message;
  #lanes;

  /** @param {import("./lane.js").Lane[]} lanes */
  constructor(lanes) {
    super();
    this.#lanes = lanes;
  }

  /** @type {Map<string, number | undefined>} time of arrival, by lane */
  #times = new Map();

  /** @param {string} lane in which it was selected @param {Record<string, number>} arrival */
  set(lane, { n, offset, at }) {
    this.message = { n, offset };
    this.#times = new Map(
      inspect(this.#lanes, this.message).map((found) => [found.lane, found.at]),
    );
    // If it arrived several times, this is the copy that was selected.
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

// The latest messages in full, for the inspector. Bounded: of older messages only the times are
// kept.

const MAX_REMEMBERED = 256;

/**
 * @typedef {{ n: number, offset: number }} MessageKey  `n` is the page's own count, NaN if another
 *   publisher sent it
 */

export class RecentMessages {
  /**
   * @type {Map<string, import("../trilane/transports/index.js").Message>} in order of first arrival
   */
  #byKey = new Map();

  /** @param {MessageKey} which @param {import("../trilane/transports/index.js").Message} message */
  add(which, message) {
    const key = keyOf(which);
    if (!this.#byKey.has(key)) this.#byKey.set(key, message);
    if (this.#byKey.size > MAX_REMEMBERED)
      this.#byKey.delete(this.#byKey.keys().next().value ?? key);
  }

  /** @param {MessageKey} which */
  find(which) {
    return this.#byKey.get(keyOf(which));
  }
}

/** Separate services give one message of the page different offsets. @param {MessageKey} which */
const keyOf = ({ n, offset }) => (Number.isNaN(n) ? `offset ${offset}` : `own ${n}`);
