// The subscription of one lane: the client with a single transport, or a naive client in its place.
// Writes what it reports into the store.

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
   * @param {Partial<import("../trilane/options.js").Given>} [platform] replaces the browser's own
   */
  constructor(store, lane, platform) {
    this.store = store;
    this.lane = lane;
    this.platform = platform;
    this.#kind = store.settings.clients;
    store.addEventListener("settings", () => this.#follow());
  }

  /**
   * Connects at the lane's cursor, so that messages published while it was off still arrive, once.
   */
  connect() {
    const { lane, store } = this;
    // A recording replaces a service that does not exist.
    if (this.#client || lane.state === "recorded") return;
    lane.enter("connecting", clock.now());
    store.changed();
    this.#client =
      this.#kind === "naive"
        ? new NaiveClient(lane, (message) => message?.page === store.page)
        : this.#robust();
    for (const [type, act] of Object.entries(this.#reactions(this.#client))) {
      this.#client.addEventListener(
        type,
        (/** @type {any} */ { detail }) => (act(detail), store.changed()),
      );
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
    return connect({
      url: { [name]: base },
      transports: [name],
      channel,
      after: cursor,
      ...this.platform,
    });
  }

  /**
   * Starts again with another kind of client: one counts by offsets, the other by the page's own
   * count.
   */
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

  /**
   * Publishes over the connection itself, where the transport allows it.
   * @param {unknown} message
   */
  async publish(message) {
    if (this.#client?.state !== "open" || this.#client instanceof NaiveClient)
      throw new Error(`${this.lane.name} is not connected.`);
    return this.#client.publish(message);
  }

  /**
   * @param {import("../trilane/connect.js").Connection | NaiveClient} client
   * @returns {Record<string, (detail: any) => void>}
   */
  #reactions(client) {
    const { lane, store } = this;
    const arrive = (message) => store.receive(lane, message, message.at);
    return {
      message: arrive,
      // The client hides duplicates from its callers; this page shows that they happen.
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
    // A replaced client may still report.
    if (this.#client !== client) return;
    if (state === "closed") this.#client = undefined;
    lane.enter(state === "closed" ? "off" : state, at, trouble);
    // The cursor reveals the epoch, and so the history; null if the service sent none.
    if (state === "open") lane.epoch ??= parseId(client.cursor)?.epoch ?? null;
  }
}
