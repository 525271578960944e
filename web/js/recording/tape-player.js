// Plays the recorded events of one lane.

import * as clock from "../shared/clock.js";

/**
 * An event of a tape. Times are milliseconds since the start of the tape.
 *
 * - `end` of a request: `arrived` is when it reached the service, `answered` is when the response
 *   left; null if unknown
 * - `message`: `sent` is when it was sent, `n` is the page's count
 * - `wire`: the bytes since the last event
 * - `state`: `trouble` is the reason; its `retryAt` is a time
 * - `band` of a fault: `lasts` is its length
 *
 * @typedef {[after: number, what: "request"]
 *   | [after: number, what: "end", arrived: number | null, answered: number | null]
 *   | [after: number, what: "message", sent: number, n: number]
 *   | [after: number, what: "wire", bytes: number]
 *   | [after: number, what: "state", state: import("../lanes/lane.js").State, trouble: any]
 *   | [after: number, what: "band", name: string, lasts: number]} Event
 */

export class TapePlayer {
  /**
   * @param {{ store: import("../page/store.js").Store, lane: import("../lanes/lane.js").Lane,
   *   bands?: import("../lanes/trace.js").FaultBands }} where
   * @param {Event[]} tape in time order
   */
  constructor({ store, lane, bands }, tape) {
    this.store = store;
    this.lane = lane;
    this.bands = bands;
    this.tape = tape;
    const now = clock.now();
    // A request is open when a tape starts: the stream, or the poll that returns the first message.
    if (lane.state !== "recorded") {
      lane.enter("recorded", now);
      lane.request(now);
    }
    lane.startAnew();
  }

  /** @param {number} start @param {AbortSignal} signal */
  play(start, signal) {
    const step = (/** @type {number} */ index) => {
      if (signal.aborted || index === this.tape.length) return;
      setTimeout(
        () => {
          if (signal.aborted) return;
          this.happen(this.tape[index], start);
          step(index + 1);
        },
        start + this.tape[index][0] - clock.now(),
      );
    };
    step(0);
  }

  /** @param {Event} event @param {number} start */
  happen([after, what, ...values], start) {
    this.#act[what](start + after, start, .../** @type {any[]} */ (values));
    this.store.changed();
  }

  /** @type {Record<Event[1], (at: number, start: number, ...values: any[]) => void>} */
  #act = {
    request: (at) => this.lane.request(at),
    end: (at, start, arrived, answered) => this.#end(at, start, { arrived, answered }),
    message: (at, start, sent, n) => this.#message(at, start + sent, n),
    wire: (at, _, bytes) => this.#count(at, bytes),
    state: (at, start, state, trouble) => this.#enter(at, start, state, trouble),
    band: (at, _, name, lasts) => this.bands?.mark(this.lane.name, name, at, at + lasts),
  };

  /**
   * @param {number} at
   * @param {number} start
   * @param {{ arrived?: number | null, answered?: number | null }} times
   */
  #end(at, start, { arrived, answered }) {
    const { trace } = this.lane;
    trace.end(at);
    const timeOf = (/** @type {number | null | undefined} */ after) =>
      (after === null || after === undefined ? undefined : start + after);
    const last = trace.requests.length - 1;
    if (last >= 0)
      trace.pass(trace.requests.get(last, "start"), {
        arrived: timeOf(arrived),
        answered: timeOf(answered),
      });
  }

  /** @param {number} at @param {number} sent @param {number} n */
  #message(at, sent, n) {
    const { lane, store } = this;
    const message = { page: store.page, n, sent, text: `message ${n}` };
    store.receive(lane, { id: `1-${n}`, channel: "main", message, time: sent }, at);
    // A message that one lane received was accepted.
    store.accepted(n);
  }

  /** @param {number} at @param {number} bytes */
  #count(at, bytes) {
    const { lane } = this;
    const all = (lane.wireBytes ?? 0) + bytes;
    lane.wireBytes = all;
    lane.bytesPerMessage.read({ at, bytes: all, count: lane.sequence.count });
  }

  /**
   * @param {number} at
   * @param {number} start
   * @param {import("../lanes/lane.js").State} state
   * @param {import("../lanes/lane.js").Trouble | null} [trouble]
   */
  #enter(at, start, state, trouble) {
    const { lane } = this;
    const shown = trouble?.retryAt ? { ...trouble, retryAt: start + trouble.retryAt } : trouble;
    lane.enter(state === "open" ? "recorded" : state, at, shown ?? undefined);
  }
}
