// Replays a recorded run where no services exist, as on a static host: the lanes' events at their
// original pace, in a loop, and the results of the experiments. Everything in it was observed once.

import * as clock from "../clock.js";

/**
 * @typedef {[after: number, what: "request" | "end" | "message" | "wire", value?: number]} Event
 * milliseconds since the start of the tape; of a message, when it was sent; of the wire, the bytes
 * since the last event
 * @typedef {object} Recording  web/recorded.json
 * @property {{ environment: import("../results/run.js").Environment, warnings: string[] }} place
 * @property {Record<string, import("../experiments/experiment-runner.js").Result>} results
 * @property {{ rate: number, size: number, link: import("../results/run.js").Scenario["link"] }}
 *   conditions of the tape
 * @property {number} length  of the tape, milliseconds
 * @property {Record<string, Event[]>} lanes  in time order
 */

/**
 * @param {import("../page.js").Page} page
 * @param {Recording} recording
 * @param {AbortSignal} [signal]
 */
export function replay({ store, connections, runner }, recording, signal) {
  for (const connection of connections.values()) connection.disconnect();
  store.show(settingsOf(recording.conditions));
  runner.adopt(recording);
  const players = Object.entries(recording.lanes).map(
    ([name, tape]) => new TapePlayer(store, store.lane(name), tape),
  );
  for (const player of players) player.play(recording.length, signal);
}

/** @param {Recording["conditions"]} conditions */
function settingsOf({ rate, size, link: { delay_ms, jitter_ms, bytes_per_second } }) {
  const bandwidth = bytes_per_second === null ? null : bytes_per_second * 8;
  return { rate, size, link: { delay: delay_ms, jitter: jitter_ms, bandwidth } };
}

/** Plays the tape of one lane. */
export class TapePlayer {
  #offset = 0;

  /**
   * @param {import("../page/store.js").Store} store
   * @param {import("../lanes/lane.js").Lane} lane
   * @param {Event[]} tape in time order
   */
  constructor(store, lane, tape) {
    this.store = store;
    this.lane = lane;
    this.tape = tape;
    lane.enter("recorded", clock.now());
    // A request is open when a tape starts: the stream, or the poll that returns the first message.
    lane.request(clock.now());
  }

  /** Plays from the start, again and again. @param {number} length @param {AbortSignal} [signal] */
  play(length, signal) {
    const start = clock.now();
    const again = (wait) => void setTimeout(() => this.play(length, signal), wait);
    const step = (index) => {
      if (signal?.aborted) return;
      // After a pause it starts from the beginning.
      if (this.store.paused) return again(500);
      if (index === this.tape.length) return again(start + length - clock.now());
      const [after] = this.tape[index];
      setTimeout(
        () => (this.happen(this.tape[index], start), step(index + 1)),
        start + after - clock.now(),
      );
    };
    step(0);
  }

  /** @param {Event} event @param {number} start */
  happen([after, what, value = after], start) {
    const { lane, store } = this;
    const at = start + after;
    if (what === "request") lane.request(at);
    if (what === "end") lane.trace.end(at);
    if (what === "message") store.receive(lane, this.#message(start + value), at);
    if (what === "wire") lane.wireBytes = (lane.wireBytes ?? 0) + value;
    store.changed();
  }

  #message(sent) {
    const n = (this.#offset += 1);
    return {
      id: `1-${n}`,
      channel: "main",
      message: { page: this.store.page, n, sent, text: `message ${n}` },
      time: sent,
    };
  }
}
