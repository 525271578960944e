// The service that the page may start in separate processes, and the subscribers that it connects
// to it. Polls its state from the page's server, which stops the service when the polling stops.
// Draws nothing.

import { fetchJson } from "../shared/fetch-json.js";
import * as clock from "../clock.js";
import { LatestWins } from "../shared/latest-wins.js";
import { withTimeout } from "../trilane/with-timeout.js";
import { burn } from "./cpu-load.js";
import { SubscriberGroup } from "./subscriber-group.js";
import { assignSlots } from "./process-slots.js";

const POLL_INTERVAL_MS = 1_000;
const CHECK_INTERVAL_MS = 100;
// If a process dies for another reason, nothing reports the end of its computation.
const BURN_TIMEOUT_MS = 60_000;

/**
 * @typedef {"threads" | "processes"} Layout
 * @typedef {{ layout: Layout, workers: number, pids: number[] }} Running
 * @typedef {{ port: number, no_processes: string | null, running: Running | null }} State
 */

/** Dispatches `change` whenever there is something to draw. */
export class Topology extends EventTarget {
  /** @type {State | undefined} of the last response */
  state;
  /** @type {SubscriberGroup | undefined} */
  group;
  /** @type {(number | undefined)[]} the process in each box, undefined for a free one */
  slots = [];
  /** The numbers of the workers of each process. @type {number[]} */
  workers = [];
  #timers = [];
  #responses = new LatestWins();
  #burning = new AbortController();
  /** @type {Promise<void> | undefined} the pending request */
  #refreshing;

  /** @param {{ url: string, channel: string }} where @param {typeof globalThis.fetch} [fetch] */
  constructor(where, fetch = (...request) => globalThis.fetch(...request)) {
    super();
    this.where = where;
    this.fetch = fetch;
  }

  /** Sends one request at a time: concurrent callers share its response. */
  refresh() {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /**
   * Starts the service, also again after its only process died; existing subscribers reconnect.
   * @param {Layout} layout
   * @param {number} workers
   */
  async start(layout, workers) {
    this.#cancelBurn();
    const state = await this.#change("POST", "topology", { layout, workers });
    if (!state) return;
    this.group ??= this.#connect();
    this.group.watch();
    this.#take(state);
  }

  /** @param {number} pid */
  async kill(pid) {
    this.#cancelBurn();
    this.group?.watch();
    this.#take(await this.#change("DELETE", `topology/processes/${pid}`));
  }

  /**
   * Keeps a processor busy for some seconds. Killing or stopping the service cancels the wait for
   * its end.
   * @param {boolean} inline on an event loop, otherwise on a thread pool
   * @returns {Promise<number | undefined>} its duration in milliseconds
   */
  async burn(inline) {
    this.#cancelBurn();
    this.group?.watch();
    return withTimeout(BURN_TIMEOUT_MS, this.#burning.signal, (signal) =>
      burn(this.where, inline, this.fetch, signal),
    );
  }

  async stop() {
    this.#disconnect();
    this.#take(await this.#change("DELETE", "topology"));
  }

  async #refresh() {
    this.#take(await this.#responses.query(fetchJson(this.fetch, "GET", "topology")));
  }

  /** @returns {Promise<State | undefined>} */
  #change(method, path, body) {
    return this.#responses.update(fetchJson(this.fetch, method, path, body));
  }

  /** @param {State | undefined} state ignored if undefined: newer state is known */
  #take(state) {
    if (!state) return;
    this.state = state;
    if (state.running) this.#assignSlots(state.running);
    // Another page may have stopped it, or this one was asleep for too long.
    else this.#disconnect();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Running} running */
  #assignSlots({ layout, workers, pids }) {
    const [processes, each] = layout === "threads" ? [1, workers] : [workers, 1];
    const slots =
      this.slots.length === processes ? this.slots : new Array(processes).fill(undefined);
    this.slots = assignSlots(slots, pids);
    this.workers = Array.from({ length: each }, (_, index) => index + 1);
  }

  /** Stops waiting for the computation. */
  #cancelBurn() {
    this.#burning.abort();
    this.#burning = new AbortController();
  }

  #connect() {
    const group = new SubscriberGroup(this.where);
    group.addEventListener("change", () => this.#onMove());
    const look = () => {
      group.look(clock.now());
      this.dispatchEvent(new Event("change"));
    };
    this.#timers = [
      setInterval(look, CHECK_INTERVAL_MS),
      setInterval(() => this.refresh().catch(() => {}), POLL_INTERVAL_MS),
    ];
    return group;
  }

  #disconnect() {
    this.#cancelBurn();
    this.#timers.forEach(clearInterval);
    this.group?.close();
    this.group = undefined;
  }

  /** A subscriber may be connected to a process that has just started. */
  #onMove() {
    const isKnown = ({ servedBy }) => !servedBy || this.slots.includes(servedBy.pid);
    if (!this.group?.subscribers.every(isKnown)) this.refresh().catch(() => {});
    this.dispatchEvent(new Event("change"));
  }
}
