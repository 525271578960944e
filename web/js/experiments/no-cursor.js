// A long poll without a cursor, beside the lanes. After each response it starts at the channel's
// latest message, so messages published between two polls are lost.

import { now } from "../shared/clock.js";
import { Histogram, repetition } from "../results/histogram.js";
import { latencyOf } from "../lanes/payload.js";
import { atRest, scenarioOf, steady } from "./steady.js";

/** @param {import("./experiment-runner.js").Context} context */
export async function noCursor(context) {
  const { page, experiment, signal } = context;
  const poller = new CursorlessPoller(page, signal);
  const before = await atRest(page, signal);
  poller.run();
  // Whatever ends the measurement, even a hidden tab, must end the polls.
  const { lanes } = await steady(context).finally(() => poller.stop());
  const after = await atRest(page, signal);
  const whole = repetition(before.longpoll, after.longpoll);
  const counted = {
    operations: poller.count,
    lost: Math.max(0, whole.published - poller.count),
    latency: poller.latency.counts,
    wire: null,
  };
  const scenario = scenarioOf(page, experiment, "longpoll", { manner: "no-cursor" });
  return {
    lanes: {
      ...lanes,
      "no-cursor": {
        scenario,
        repetitions: [{ ...whole, duplicated: 0, reordered: 0, ...counted }],
      },
    },
  };
}

class CursorlessPoller {
  count = 0;
  latency = new Histogram();
  #ending = new AbortController();

  /** @param {import("./experiment-runner.js").Context["page"]} page @param {AbortSignal} signal */
  constructor({ store, endpoints }, signal) {
    this.store = store;
    // Over the same link, but not where the lane's bytes are counted.
    this.base = endpoints.shared ?? store.lane("longpoll").base;
    this.signal = AbortSignal.any([signal, this.#ending.signal]);
  }

  stop() {
    this.#ending.abort();
  }

  async run() {
    const { signal } = this;
    while (!signal.aborted) {
      const { cursor } = await this.#ask();
      const { messages } = await this.#ask(cursor);
      const at = now();
      for (const message of messages) this.#take(message, at);
    }
  }

  /**
   * @param {string} [after]
   * @returns {Promise<{ cursor?: string, messages:
   *   import("../trilane/transports/index.js").Message[] }>}
   */
  async #ask(after) {
    const query = new URLSearchParams({
      channel: this.store.settings.channel,
      ...(after && { after }),
    });
    const asked = fetch(`${this.base}/poll?${query}`, { signal: this.signal, cache: "no-store" });
    return asked.then((response) => response.json()).catch(() => ({ messages: [] }));
  }

  /** @param {import("../trilane/transports/index.js").Message} message @param {number} at */
  #take(message, at) {
    const latency = latencyOf(message, at, this.store.page);
    if (!latency?.oneClock) return;
    this.count += 1;
    this.latency.record(latency.ms);
  }
}
