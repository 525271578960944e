// Runs the clients of the matrix, observed: for a measurement, or as a lane.

import { naive, robust } from "./clients.js";
import { connect } from "../trilane.js";
import * as clock from "../shared/clock.js";
import { history } from "../trilane/request.js";
import { parseId } from "../trilane/cursor.js";

// Runs a naive client with observed versions of the browser's interfaces. They behave like the
// originals, report what happens, and end when the page ends them.

/**
 * @typedef {object} Callbacks
 * @property {(message: any) => void} message
 * @property {(isFinal: boolean) => void} trouble  called for what the client's code could have
 *   noticed; final if the
 * client never recovers from it
 * @property {() => void} [open]
 * @property {() => void} [request]  a request is sent
 * @property {() => void} [requestEnd]  its response ends
 */

/** @typedef {Required<Callbacks>} Report */

const nothing = () => {};

/**
 * @param {string} transport
 * @param {string} url
 * @param {Callbacks} callbacks
 * @returns {() => void} ends it
 */
export function runNaive(transport, url, callbacks) {
  const ending = new AbortController();
  const { signal } = ending;
  const { message, trouble, open = nothing, request = nothing, requestEnd = nothing } = callbacks;
  /** @type {Report} */
  const report = {
    message: (received) => signal.aborted || message(received),
    trouble: (isFinal) => signal.aborted || trouble(isFinal),
    open: () => signal.aborted || open(),
    request: () => signal.aborted || request(),
    requestEnd: () => signal.aborted || requestEnd(),
  };
  const platform = {
    fetch: observedFetch(report, signal),
    EventSource: observed(EventSource, "error", report, signal),
    WebSocket: observed(WebSocket, "close", report, signal),
  };
  naive[transport](platform, url, report.message);
  return () => ending.abort();
}

/** @param {Report} report @param {AbortSignal} signal */
function observedFetch(report, signal) {
  // A rejected promise would end the loop, too, but also write to the console; one that never
  // settles only ends the loop.
  /** @returns {Promise<any>} */
  const failed = () => {
    report.requestEnd();
    report.trouble(true);
    return new Promise(nothing);
  };
  return async (/** @type {string} */ url) => {
    report.request();
    // A pending poll is as open as long polling gets.
    report.open();
    const response = await fetch(url, { signal }).catch(failed);
    return {
      json: () =>
        response
          .json()
          .then((/** @type {unknown} */ data) => (report.requestEnd(), data))
          .catch(failed),
    };
  };
}

/**
 * @template {EventTarget & { readyState: number, close(): void }} S
 * @param {{ new (url: string): S, CONNECTING: number }} Source
 * @param {string} failure name of the event that reports a failure
 * @param {Report} report
 * @param {AbortSignal} signal
 */
function observed(Source, failure, report, signal) {
  return new Proxy(Source, {
    construct(Source, [url]) {
      report.request();
      const source = new Source(url);
      signal.addEventListener("abort", () => source.close());
      source.addEventListener("open", () => report.open());
      source.addEventListener(failure, () => {
        report.requestEnd();
        // Only an EventSource reconnects, and not always.
        const isFinal = source.readyState !== Source.CONNECTING;
        if (!isFinal) report.request();
        report.trouble(isFinal);
      });
      return source;
    },
  });
}

// Runs the robust client of the matrix and reports what it notices.

/**
 * @param {import("../trilane/options.js").Name} transport
 * @param {string} url
 * @param {Callbacks} callbacks
 * @returns {() => void} ends it
 */
export function runRobust(transport, url, callbacks) {
  const connection = robust({ connect }, transport, url, callbacks.message);
  connection.addEventListener("state", (/** @type {any} */ { detail: { state } }) => {
    if (state === "retrying") callbacks.trouble(false);
  });
  return () => connection.close();
}

// A naive client with the events of the robust one, so that a lane can show either. The
// compatibility endpoints send no ids, so the page's own count stands in for them, and other
// publishers' messages are ignored.

const GONE = { naive: true, detail: "it does not handle a lost connection" };
const BACKLOG = {
  naive: true,
  detail:
    "The clients of this endpoint share one cursor, so messages that no client has polled are " +
    "fetched first, one per poll",
};
const AGAIN = { naive: true, detail: "the browser reconnects by itself" };

/** Dispatches `state`, `message`, `request` and `requestend`. */
export class NaiveClient extends EventTarget {
  /** @type {import("../trilane/connect.js").State} */
  state = "connecting";
  /** @type {string | undefined} the latest id, requested only to learn the epoch */
  cursor;
  #ending = new AbortController();
  #end = () => {};

  /**
   * @param {import("../lanes/lane.js").Lane} lane
   * @param {(message: any) => boolean} isOurs
   */
  constructor(lane, isOurs) {
    super();
    this.lane = lane;
    this.isOurs = isOurs;
    queueMicrotask(() => this.#run());
  }

  close() {
    this.#ending.abort();
    this.#enter("closed");
  }

  async #run() {
    const { name, base, service } = this.lane;
    const { signal } = this.#ending;
    const request = history({ base: service, channel: "main" }, { limit: 1 }, { fetch, signal });
    this.cursor = await request.then(
      ({ cursor }) => cursor,
      () => undefined,
    );
    if (name === "longpoll") await this.#skipBacklog(service, signal);
    if (signal.aborted) return;
    this.#end = runNaive(name, base, {
      message: (message) => this.isOurs(message) && this.#arrive(message),
      open: () => this.#enter("open"),
      trouble: (isFinal) => this.#enter(isFinal ? "closed" : "retrying", isFinal ? GONE : AGAIN),
      request: () => this.#dispatch("request", { at: clock.now() }),
      requestEnd: () => this.#dispatch("requestend", { at: clock.now() }),
    });
  }

  /** @param {string} service @param {AbortSignal} signal */
  async #skipBacklog(service, signal) {
    this.#dispatch("state", { state: "connecting", at: clock.now(), trouble: BACKLOG });
    await skipBacklog(service, signal).catch(() => {});
  }

  /** @param {import("../lanes/payload.js").Body} message */
  #arrive(message) {
    const id = `${parseId(this.cursor)?.epoch ?? 0}-${message.n}`;
    this.#dispatch("message", {
      id,
      channel: "main",
      message,
      time: message.sent,
      at: clock.now(),
      bare: true,
    });
  }

  /** @param {NaiveClient["state"]} state @param {import("../lanes/lane.js").Trouble} [trouble] */
  #enter(state, trouble) {
    if (this.state === "closed" || this.state === state) return;
    this.state = state;
    if (state === "closed") this.#end();
    this.#dispatch("state", { state, at: clock.now(), trouble });
  }

  /** @param {string} type @param {object} detail */
  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

// Reads the backlog of the compatibility endpoint `/poll`, whose clients share one cursor. A new
// client would first receive all that no client has polled, one message per round trip. The
// naive client should show what is published now, so the backlog is read beforehand, from the
// service itself and not through the gate.

// The number of connections that a browser opens to one origin.
const AT_A_TIME = 6;
// Retained messages are returned at once.
const RESPONSE_TIMEOUT_MS = 250;
const OLD_MS = 1_000;

/** @param {string} service @param {AbortSignal} signal */
export async function skipBacklog(service, signal) {
  await Promise.all(Array.from({ length: AT_A_TIME }, drain));
  signal.throwIfAborted();

  async function drain() {
    for (let isBehind = true; isBehind;) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(RESPONSE_TIMEOUT_MS)]);
      // An aborted poll consumes no message.
      const data = await fetch(`${service}/poll`, { signal: limit })
        .then((response) => response.json())
        .catch(() => undefined);
      isBehind = data !== undefined && Date.now() - data.time > OLD_MS;
    }
  }
}
