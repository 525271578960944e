// The last seconds of one lane as plain facts with times: requests as spans, messages as points. The picture and its
// table are both drawn from this, and nothing is in it that was not observed.

/**
 * @typedef {{ step: number, start: number, opened?: number, end?: number }} Span  a request, from leaving to its end
 * @typedef {{ at: number, sent?: number, fault: boolean, step: number }} Arrival  a message, with the request it came by
 */

export const SPAN_MS = 10_000;

// Bounds memory when a lane does more than can be drawn: ten seconds at 200 a second, and as much again.
const MOST = 4_000;

export class Trace {
  /** @type {Span[]} */
  spans = [];
  /** @type {Arrival[]} */
  arrivals = [];
  #steps = 0;

  /** @param {number} at */
  begin(at) {
    this.end(at);
    this.spans.push({ step: this.#steps++, start: at });
    this.#prune(at);
  }

  /** The service has answered to the request under way. @param {number} at */
  open(at) {
    const span = this.spans.at(-1);
    if (span && !span.end) span.opened ??= at;
  }

  /** @param {number} at */
  end(at) {
    const span = this.spans.at(-1);
    if (span) span.end ??= at;
  }

  /** @param {Omit<Arrival, "step">} arrival */
  add(arrival) {
    this.arrivals.push({ ...arrival, step: this.spans.at(-1)?.step ?? 0 });
    this.#prune(arrival.at);
  }

  /** @param {number} at */
  #prune(at) {
    const horizon = at - SPAN_MS;
    drop(this.spans, (span) => span.end !== undefined && span.end < horizon);
    drop(this.arrivals, (arrival) => arrival.at < horizon);
  }
}

/**
 * Removes from the front what is past, and what is too much.
 * @template T
 * @param {T[]} list
 * @param {(item: T) => boolean} past
 */
function drop(list, past) {
  const kept = list.findIndex((item) => !past(item));
  list.splice(0, Math.max(kept < 0 ? list.length : kept, list.length - MOST));
}
