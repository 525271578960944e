// The service that the page may start in processes of its own, and the readers that it connects to it. What runs is asked
// of the page's server, which also ends it when nobody asks any more. Draws nothing.

import { ask } from "../shared/fetch-json.js";
import * as clock from "../clock.js";
import { LatestWins } from "../shared/latest-wins.js";
import { withTimeout } from "../trilane/with-timeout.js";
import { burn } from "./cpu-load.js";
import { SubscriberGroup } from "./subscriber-group.js";
import { seat } from "./process-slots.js";

const POLL_INTERVAL_MS = 1_000;
const CHECK_INTERVAL_MS = 100;
// Nobody tells how a computation ended whose process died of something else.
const BURN_TIMEOUT_MS = 60_000;

/**
 * @typedef {"threads" | "processes"} Layout
 * @typedef {{ layout: Layout, workers: number, pids: number[] }} Running
 * @typedef {{ port: number, no_processes: string | null, running: Running | null }} State
 */

/** Dispatches `change` whenever there is something to draw. */
export class Topology extends EventTarget {
  /** @type {State | undefined} of the last answer */
  state;
  /** @type {SubscriberGroup | undefined} */
  crowd;
  /** @type {(number | undefined)[]} the processes, each at its own place */
  seats = [];
  /** The numbers of the workers of each process. @type {number[]} */
  workers = [];
  #timers = [];
  #order = new LatestWins();
  #burning = new AbortController();
  /** @type {Promise<void> | undefined} the question under way */
  #asking;

  /** @param {{ url: string, channel: string }} where @param {typeof globalThis.fetch} [fetch] */
  constructor(where, fetch = (...request) => globalThis.fetch(...request)) {
    super();
    this.where = where;
    this.fetch = fetch;
  }

  /** One question at a time: whoever asks meanwhile gets its answer. */
  refresh() {
    this.#asking ??= this.#refresh().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** Also again, where one has died and nobody has replaced it: readers that are there come back. @param {Layout} layout @param {number} workers */
  async start(layout, workers) {
    this.#forget();
    const state = await this.#change("POST", "topology", { layout, workers });
    if (!state) return;
    this.crowd ??= this.#gather();
    this.crowd.watch();
    this.#take(state);
  }

  /** @param {number} pid */
  async kill(pid) {
    this.#forget();
    this.crowd?.watch();
    this.#take(await this.#change("DELETE", `topology/processes/${pid}`));
  }

  /**
   * Keeps a processor busy for some seconds. Whoever kills or stops meanwhile is not told how it ended.
   * @param {boolean} inline on an event loop, else on threads beside them
   * @returns {Promise<number | undefined>} milliseconds that it took
   */
  async burn(inline) {
    this.#forget();
    this.crowd?.watch();
    return withTimeout(BURN_TIMEOUT_MS, this.#burning.signal, (signal) => burn(this.where, inline, this.fetch, signal));
  }

  async stop() {
    this.#disperse();
    this.#take(await this.#change("DELETE", "topology"));
  }

  async #refresh() {
    this.#take(await this.#order.look(ask(this.fetch, "GET", "topology")));
  }

  /** @returns {Promise<State | undefined>} */
  #change(method, path, body) {
    return this.#order.change(ask(this.fetch, method, path, body));
  }

  /** @param {State | undefined} state nothing if it is older than what is known */
  #take(state) {
    if (!state) return;
    this.state = state;
    if (state.running) this.#seat(state.running);
    // Another page may have ended it, or this one was asleep for too long.
    else this.#disperse();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Running} running */
  #seat({ layout, workers, pids }) {
    const [processes, each] = layout === "threads" ? [1, workers] : [workers, 1];
    const seats = this.seats.length === processes ? this.seats : new Array(processes).fill(undefined);
    this.seats = seat(seats, pids);
    this.workers = Array.from({ length: each }, (_, index) => index + 1);
  }

  /** Nobody waits any more for what is computed. */
  #forget() {
    this.#burning.abort();
    this.#burning = new AbortController();
  }

  #gather() {
    const crowd = new SubscriberGroup(this.where);
    crowd.addEventListener("change", () => this.#moved());
    const look = () => {
      crowd.look(clock.now());
      this.dispatchEvent(new Event("change"));
    };
    this.#timers = [setInterval(look, CHECK_INTERVAL_MS), setInterval(() => this.refresh().catch(() => {}), POLL_INTERVAL_MS)];
    return crowd;
  }

  #disperse() {
    this.#forget();
    this.#timers.forEach(clearInterval);
    this.crowd?.close();
    this.crowd = undefined;
  }

  /** Somebody is at a process that has just begun. */
  #moved() {
    const isKnown = ({ place }) => !place || this.seats.includes(place.pid);
    if (!this.crowd?.readers.every(isKnown)) this.refresh().catch(() => {});
    this.dispatchEvent(new Event("change"));
  }
}
