// One lane's subscription: starts and ends its transport, and writes what the transport reports into the store.

import * as clock from "./clock.js";
import { parseId } from "./id.js";
import { anyCursor } from "./publish.js";

export class Connection {
  /** @type {AbortController | undefined} */
  #running;
  #way;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./lane.js").Lane} lane
   * @param {Function} transport
   */
  constructor(store, lane, transport) {
    this.store = store;
    this.lane = lane;
    this.transport = transport;
  }

  /** From where the lane stands: what was published while it was off still comes, once. */
  connect() {
    if (this.#running) return;
    this.#running = new AbortController();
    this.lane.enter("connecting", clock.now());
    this.store.changed();
    try {
      this.#way = this.transport(this.#subscription(this.#running.signal));
    } catch (/** @type {any} */ error) {
      // A browser may refuse at once, as it does a plain WebSocket on an HTTPS page. The other lanes must go on.
      this.disconnect({ detail: error.message });
    }
  }

  /** @param {import("./transports/index.js").Trouble} [trouble] when it was not the visitor's wish */
  disconnect(trouble) {
    this.#running?.abort();
    this.#running = undefined;
    this.lane.enter("off", clock.now(), trouble);
    this.store.changed();
  }

  toggle() {
    if (this.#running) this.disconnect();
    else this.connect();
  }

  /** Over the connection itself, where the transport has a way back. @param {unknown} message */
  async publish(message) {
    if (!this.#running || !this.#way?.publish) throw new Error(`${this.lane.name} is not connected.`);
    return this.#way.publish(message);
  }

  /** @param {AbortSignal} signal @returns {import("./transports/index.js").Subscription} */
  #subscription(signal) {
    const { store, lane } = this;
    const told = (act) => (...report) => {
      if (signal.aborted) return;
      act(...report);
      store.changed();
    };
    return {
      base: lane.base,
      channel: store.settings.channel,
      after: lane.cursor,
      signal,
      onMessage: told((message, at) => store.receive(lane, message, at)),
      onCursor: told((cursor) => lane.begin(cursor)),
      onReset: told((reset) => lane.reset(reset, clock.now())),
      onRequest: told((at) => lane.request(at)),
      onRequestEnd: told((at) => lane.trace.end(at)),
      onState: told((state, at, trouble) => {
        lane.enter(state, at, trouble);
        if (state === "open" && lane.epoch === undefined) this.#askEpoch();
      }),
    };
  }

  /** An event stream does not say where it begins, so before its first message only the history can tell which log it is. */
  async #askEpoch() {
    const { lane, store } = this;
    const cursor = await anyCursor({ base: lane.base, channel: store.settings.channel }).catch(() => undefined);
    lane.epoch ??= parseId(cursor)?.epoch ?? null;
    store.changed();
  }
}
