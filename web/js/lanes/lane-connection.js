// The connections of the lanes, and the naive clients beside them.

import { NaiveClient } from "../faults/run-clients.js";
import * as clock from "../shared/clock.js";
import { connect } from "../trilane.js";
import { parseId } from "../trilane/cursor.js";
import { Lane } from "./lane.js";

// The subscription of one lane: the client with a single transport, or a naive client in its place.
// Writes what it reports into the store.

export class Connection {
  /** @type {import("../trilane/connect.js").Connection | NaiveClient | undefined} */
  #client;
  /** @type {import("../page/settings.js").Clients} */
  #kind;

  /**
   * @param {import("../page/store.js").Store} store
   * @param {import("./lane.js").Lane} lane
   * @param {Partial<import("../trilane/options.js").Given>} [platform] replaces the browser's own
   * @param {import("../page/settings.js").Clients} [clients] instead of those of the settings
   */
  constructor(store, lane, platform, clients) {
    this.store = store;
    this.lane = lane;
    this.platform = platform;
    this.#kind = clients ?? store.settings.clients;
    if (!clients) store.addEventListener("settings", () => this.#follow());
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
    const arrive = (/** @type {import("../trilane/events.js").Arrival} */ message) =>
      store.receive(lane, message, message.at);
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

  /**
   * @param {import("../trilane/events.js").StateChange} change
   * @param {import("../trilane/connect.js").Connection | NaiveClient} client
   */
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

// The naive clients beside the robust ones: on the same port of the gate, so that a fault hits
// both.

/** Dispatches `change` when they are opened or closed. */
export class Companions extends EventTarget {
  /** @type {Connection[]} */
  #connections = [];

  /**
   * @param {import("../page/store.js").Store} store
   * @param {import("../gate/lane-reports.js").ByteCounter} byteCounter  suspended while they are
   *   open: the gate would count their bytes as the lanes'
   */
  constructor(store, byteCounter) {
    super();
    this.store = store;
    this.byteCounter = byteCounter;
  }

  /** Shows new lanes, without connections. */
  show() {
    const { store } = this;
    store.companions = store.lanes.map(({ name, base, service }) => new Lane(name, base, service));
    this.dispatchEvent(new Event("change"));
    return store.companions;
  }

  open() {
    this.close();
    this.byteCounter.setSuspended(true);
    this.#connections = this.show().map(
      (lane) => new Connection(this.store, lane, undefined, "naive"),
    );
    for (const connection of this.#connections) connection.connect();
  }

  close() {
    if (!this.store.companions.length) return;
    for (const connection of this.#connections) connection.disconnect();
    this.#connections = [];
    this.store.companions = [];
    this.byteCounter.setSuspended(false);
    this.dispatchEvent(new Event("change"));
  }

  /** Whether each has a message of now. */
  get areReady() {
    const { companions } = this.store;
    return companions.length > 0 && companions.every(({ sequence }) => sequence.count > 0);
  }
}
