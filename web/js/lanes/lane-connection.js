// One lane's subscription: the client with a single transport, or a naive one in its place, and what it reports written into
// the store.

import { NaiveClient } from "../faults/naive-client.js";
import * as clock from "../clock.js";
import { connect } from "../trilane.js";
import { parseId } from "../trilane/id.js";

export class Connection {
  /** @type {import("../trilane/connect.js").Connection | NaiveClient | undefined} */
  #client;
  /** @type {import("../page/address.js").Clients} */
  #kind;

  /**
   * @param {import("../page/store.js").Store} store
   * @param {import("./lane.js").Lane} lane
   * @param {Partial<import("../trilane/options.js").Given>} [platform] in place of the browser's own
   */
  constructor(store, lane, platform) {
    this.store = store;
    this.lane = lane;
    this.platform = platform;
    this.#kind = store.settings.clients;
    store.addEventListener("settings", () => this.#follow());
  }

  /** From where the lane stands: what was published while it was off still comes, once. */
  connect() {
    const { lane, store } = this;
    // A recording is in the place of a service: nobody answers there.
    if (this.#client || lane.state === "recorded") return;
    lane.enter("connecting", clock.now());
    store.changed();
    this.#client = this.#kind === "naive" ? new NaiveClient(lane, (message) => message?.page === store.page) : this.#robust();
    for (const [type, act] of Object.entries(this.#reactions(this.#client))) {
      this.#client.addEventListener(type, (/** @type {any} */ { detail }) => (act(detail), store.changed()));
    }
  }

  disconnect() {
    const { lane } = this;
    lane.cursor = this.#client?.cursor ?? lane.cursor;
    this.#client?.close();
  }

  #robust() {
    const { name, base, cursor } = this.lane;
    const { channel } = this.store.settings;
    return connect({ url: { [name]: base }, transports: [name], channel, after: cursor, ...this.platform });
  }

  /** Another kind of client begins anew: one counts by the log, the other by what the page sent. */
  #follow() {
    const { clients } = this.store.settings;
    if (clients === this.#kind) return;
    this.#kind = clients;
    this.disconnect();
    this.lane.startAnew();
    this.connect();
  }

  toggle() {
    if (this.#client) this.disconnect();
    else this.connect();
  }

  /** Over the connection itself, where the transport has a way back. @param {unknown} message */
  async publish(message) {
    if (this.#client?.state !== "open" || this.#client instanceof NaiveClient) throw new Error(`${this.lane.name} is not connected.`);
    return this.#client.publish(message);
  }

  /** @param {import("../trilane/connect.js").Connection | NaiveClient} client @returns {Record<string, (detail: any) => void>} */
  #reactions(client) {
    const { lane, store } = this;
    const arrive = (message) => store.receive(lane, message, message.at);
    return {
      message: arrive,
      // The client keeps them from its callers; that a service sends any is what this page is here to show.
      duplicate: arrive,
      cursor: ({ cursor }) => lane.begin(cursor),
      reset: (reset) => lane.reset(reset, clock.now()),
      request: ({ at }) => lane.request(at),
      requestend: ({ at }) => lane.trace.end(at),
      state: (change) => this.#enter(change, client),
    };
  }

  #enter({ state, at, trouble }, client) {
    const { lane } = this;
    // One that was replaced has nothing more to say.
    if (this.#client !== client) return;
    if (state === "closed") this.#client = undefined;
    lane.enter(state === "closed" ? "off" : state, at, trouble);
    // Whoever knows where it stands knows which log that is; null if the service would not say.
    if (state === "open") lane.epoch ??= parseId(client.cursor)?.epoch ?? null;
  }
}
