// What was observed in a lane, as times.

import { RingBuffer } from "../shared/bounded.js";

// The last ten minutes of one lane as times: requests, messages, and when the lane was open. The
// timeline, its table and the inspector use only these observations.

/** The span of the timeline at first. */
export const SPAN_MS = 10_000;
/** The span that is kept. */
export const KEPT_MS = 600_000;

/**
 * Returns how far the timeline can go back: to the first span after the page was opened, and at
 * least one second.
 * @param {number} age milliseconds since the page was opened
 * @param {number} [span] of the timeline, milliseconds
 * @returns {number} whole seconds
 */
export const secondsBack = (age, span = SPAN_MS) =>
  Math.max(1, Math.ceil((Math.min(age, KEPT_MS) - span) / 1_000));

/** The values of an arrival's field `kind`. */
export const KINDS = ["next", "gap", "late", "duplicate", "new log"];
export const DUPLICATE = KINDS.indexOf("duplicate");

// Ten minutes at two hundred per second, and a little more.
const MAX_ARRIVALS = 130_000;
// A poll takes milliseconds at least; on a link of fifty, ten minutes are six thousand polls.
const MAX_REQUESTS = 65_536;
const MAX_PERIODS = 4_096;
// The gate reads a request shortly after the page sends it. The clocks of two machines are compared
// with an error of some milliseconds.
const EARLY_MS = 5;
const LATE_MS = 100;

export class Trace {
  /**
   * `step`: counts requests. `start`: when it was sent; `opened`: when its response began; `end`:
   * NaN while it lasts. As far as the gate knows them: `arrived`, when it reached the service, and
   * `answered`, when the response left the service.
   */
  requests = new RingBuffer(
    ["step", "start", "opened", "end", "arrived", "answered"],
    MAX_REQUESTS,
  );
  /**
   * `at`: time of arrival; `sent`: when this page sent it, NaN if another publisher did; `n`: this
   * page's count;
   * `offset`: its offset; `step`: its request; `kind`: of KINDS; `missing`: messages missing before
   * it.
   */
  arrivals = new RingBuffer(["at", "sent", "n", "offset", "step", "kind", "missing"], MAX_ARRIVALS);
  /** The periods in which the lane was open. */
  periods = new RingBuffer(["start", "end"], MAX_PERIODS);
  #steps = 0;

  /** @param {number} at */
  begin(at) {
    this.end(at);
    this.requests.push({ step: this.#steps++, start: at });
    prune(this.requests, "end", at);
  }

  /** Records the start of the response to the current request. @param {number} at */
  open(at) {
    const last = this.requests.length - 1;
    if (last >= 0 && !this.#hasEnded(last)) setOnce(this.requests, last, "opened", at);
  }

  /** @param {number} at */
  end(at) {
    const last = this.requests.length - 1;
    if (last >= 0) setOnce(this.requests, last, "end", at);
  }

  /**
   * Records when the request that was started at `start` or shortly before reached the service, and
   * when its response left.
   * @param {number} start
   * @param {{ arrived?: number, answered?: number }} times NaN if unknown
   */
  pass(start, { arrived = NaN, answered = NaN }) {
    const { requests } = this;
    const index = requests.first("start", start + EARLY_MS) - 1;
    if (index < 0 || start - requests.get(index, "start") > LATE_MS) return;
    const end = orNow(requests.get(index, "end"), Infinity);
    requests.set(index, "arrived", Math.min(Math.max(arrived, requests.get(index, "start")), end));
    requests.set(index, "answered", Math.min(answered, end));
  }

  /** @param {boolean} isOpen @param {number} at */
  setOpen(isOpen, at) {
    const last = this.periods.length - 1;
    const wasOpen = last >= 0 && Number.isNaN(this.periods.get(last, "end"));
    if (isOpen && !wasOpen) this.periods.push({ start: at });
    if (!isOpen && wasOpen) this.periods.set(last, "end", at);
    prune(this.periods, "end", at);
  }

  /**
   * @param {{ at: number, sent?: number, n?: number, offset?: number, kind: string, missing?:
   *   number }} arrival
   */
  add({ kind, ...arrival }) {
    this.arrivals.push({
      missing: 0,
      ...arrival,
      step: this.#steps - 1,
      kind: KINDS.indexOf(kind),
    });
    prune(this.arrivals, "at", arrival.at);
  }

  /**
   * Notes that a message has arrived after a later one: the gap that it left has one less.
   * @param {number} offset
   */
  fill(offset) {
    const { arrivals } = this;
    let gap;
    for (let index = arrivals.length - 1; index >= 0; index -= 1) {
      const kind = KINDS[arrivals.get(index, "kind")];
      if (kind === "late") continue;
      if (!(arrivals.get(index, "offset") > offset)) break;
      if (kind === "gap") gap = index;
    }
    if (gap === undefined) return;
    const missing = arrivals.get(gap, "missing") - 1;
    arrivals.set(gap, "missing", missing);
    if (!missing) arrivals.set(gap, "kind", KINDS.indexOf("next"));
  }

  /**
   * Returns the latencies of this page's messages that were sent and received within these times,
   * without duplicates.
   * @param {number} since
   * @param {number} [until]
   * @returns {number[]} milliseconds
   */
  latencies(since, until = Infinity) {
    const { arrivals } = this;
    const times = /** @type {number[]} */ ([]);
    const [start, end] = arrivals.range("at", since, until);
    for (let index = start; index < end; index += 1) {
      const sent = arrivals.get(index, "sent");
      if (sent >= since && arrivals.get(index, "kind") !== DUPLICATE)
        times.push(arrivals.get(index, "at") - sent);
    }
    return times;
  }

  /**
   * Returns the longest time without a message while the lane was open.
   * @param {number} from
   * @param {number} to
   * @returns {number | undefined} undefined if it was not open
   */
  silence(from, to) {
    let longest;
    for (let index = 0; index < this.periods.length; index += 1) {
      const start = Math.max(from, this.periods.get(index, "start"));
      const end = Math.min(to, orNow(this.periods.get(index, "end"), to));
      if (start < end) longest = Math.max(longest ?? 0, this.#silenceIn(start, end));
    }
    return longest;
  }

  /** @param {number} start @param {number} end */
  #silenceIn(start, end) {
    let [longest, last] = [0, start];
    for (let index = this.arrivals.first("at", start); index < this.arrivals.length; index += 1) {
      const at = this.arrivals.get(index, "at");
      if (at > end) break;
      longest = Math.max(longest, at - last);
      last = at;
    }
    return Math.max(longest, end - last);
  }

  /** @param {number} index */
  #hasEnded(index) {
    return !Number.isNaN(this.requests.get(index, "end"));
  }
}

/** @param {number} value @param {number} now */
export const orNow = (value, now) => (Number.isNaN(value) ? now : value);

/** @param {RingBuffer} ring @param {number} index @param {string} field @param {number} value */
function setOnce(ring, index, field, value) {
  if (Number.isNaN(ring.get(index, field))) ring.set(index, field, value);
}

/** @param {RingBuffer} ring @param {string} field @param {number} now */
function prune(ring, field, now) {
  while (ring.length && ring.get(0, field) < now - KEPT_MS) ring.drop(1);
}

// The periods of faults for the lanes' timeline, bounded, in the page's clock.

/** @typedef {{ lane: string, name: string, start: number, end?: number }} FaultBand */

export class FaultBands {
  /** @type {FaultBand[]} in the order in which they became known */
  #bands = [];

  /**
   * Adds a period whose end is known.
   * @param {string} lane
   * @param {string} name
   * @param {number} start
   * @param {number} end
   */
  mark(lane, name, start, end) {
    this.#begin({ lane, name, start, end });
  }

  /**
   * Updates the active faults of a lane; a fault that is no longer listed has ended.
   * @param {string} lane
   * @param {string[]} names
   * @param {number} at
   */
  follow(lane, names, at) {
    const open = this.#bands.filter((band) => band.lane === lane && band.end === undefined);
    for (const band of open) if (!names.includes(band.name)) band.end = at;
    for (const name of names)
      if (!open.some((band) => band.name === name)) this.#begin({ lane, name, start: at });
  }

  /** Ends all periods that would last longer. @param {number} at */
  endAll(at) {
    for (const band of this.#bands)
      if (!(band.end !== undefined && band.end <= at)) band.end = Math.max(band.start, at);
  }

  /** @param {string} lane */
  of(lane) {
    return this.#bands.filter((band) => band.lane === lane);
  }

  /** @param {FaultBand} band */
  #begin(band) {
    this.#bands = this.#bands.filter(({ end = band.start }) => end >= band.start - KEPT_MS);
    this.#bands.push(band);
  }
}
