// The service that the page may start, and the computation that it does on request.

import { LatestWins, fetchJson } from "../shared/requests.js";
import * as clock from "../shared/clock.js";
import { withTimeout } from "../trilane/request.js";
import { SubscriberGroup } from "./subscriber-group.js";
import { pause } from "../trilane/time.js";

// The service that the page may start in separate processes, and the subscribers that it connects
// to it. Polls its state from the page's server, which stops the service when the polling stops.
// Draws nothing.

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
  /** @type {ReturnType<typeof setInterval>[]} */
  #timers = [];
  #responses = new LatestWins();
  #burning = new AbortController();
  /** @type {Promise<void> | undefined} the pending request */
  #refreshing;

  /** @param {{ url: string, channel: string }} where @param {typeof globalThis.fetch} [fetch] */
  constructor(
    where,
    fetch = (/** @type {Parameters<typeof globalThis.fetch>} */ ...request) =>
      globalThis.fetch(...request),
  ) {
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

  /**
   * @param {string} method
   * @param {string} path
   * @param {{ layout: Layout, workers: number }} [body]
   * @returns {Promise<State | undefined>}
   */
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
    for (const timer of this.#timers) clearInterval(timer);
    this.group?.close();
    this.group = undefined;
  }

  /** A subscriber may be connected to a process that has just started. */
  #onMove() {
    /** @param {import("./subscriber.js").Subscriber} subscriber */
    const isKnown = ({ servedBy }) => !servedBy || this.slots.includes(servedBy.pid);
    if (!this.group?.subscribers.every(isKnown)) this.refresh().catch(() => {});
    this.dispatchEvent(new Event("change"));
  }
}

// The box of each process: a process keeps its box, and a new one takes a free box.

/**
 * @param {(number | undefined)[]} slots
 * @param {number[]} pids
 * @returns {(number | undefined)[]}
 */
export function assignSlots(slots, pids) {
  const taken = slots.map((pid) => (pid !== undefined && pids.includes(pid) ? pid : undefined));
  for (const pid of pids.filter((pid) => !taken.includes(pid))) {
    const free = taken.indexOf(undefined);
    taken[free < 0 ? taken.length : free] = pid;
  }
  return taken;
}

/** @param {number} index of a slot */
export const slotLetter = (index) => String.fromCharCode(65 + index);

// A computation of about the same duration on any machine: a small task measures the speed, and the
// size of the next follows from it. It is one task, since between two of them an event loop would
// serve its subscribers.

/** Well below the ten seconds after which the supervisor considers a process stuck. */
const BURN_MS = 3_500;
const SMALL = 50_000_000;
/** The service refuses more. */
const MOST = 10_000_000_000;
const QUEUE_CHECK_MS = 250;

/**
 * @param {{ url: string, channel: string }} where  results go to a separate channel
 * @param {boolean} inline
 * @param {typeof globalThis.fetch} fetch
 * @param {AbortSignal} signal  stops waiting for the result
 * @returns {Promise<number | undefined>} its duration in milliseconds; undefined if it was
 *   cancelled
 */
export async function burn({ url, channel }, inline, fetch, signal) {
  const tasks = `channel=${channel}-tasks`;
  const count = async (/** @type {number} */ bound) => {
    const { task } = await fetchJson(fetch, "POST", `${url}/tasks?${tasks}&inline=${inline}`, {
      primes_below: bound,
    });
    return took(task, `${url}/messages?${tasks}`, fetch, signal);
  };
  const first = await count(SMALL);
  if (first === undefined) return undefined;
  return count(Math.min(MOST, Math.round((SMALL * BURN_MS) / Math.max(1, first))));
}

/**
 * @param {string} task
 * @param {string} history
 * @param {typeof globalThis.fetch} fetch
 * @param {AbortSignal} signal
 * @returns {Promise<number | undefined>}
 */
async function took(task, history, fetch, signal) {
  for (let after = "0"; ; await pause(QUEUE_CHECK_MS, signal)) {
    signal.throwIfAborted();
    /** @type {{ messages: import("../trilane/transports/index.js").Message[], cursor: string }} */
    const { messages, cursor } = await fetchJson(fetch, "GET", `${history}&after=${after}`);
    const end = messages.find(
      ({ message }) => message.task === task && message.progress === undefined,
    );
    if (end) return end.message.millis;
    after = cursor;
  }
}
