// A subscriber of the topology, and the socket that reaches one worker.

import { connect } from "../trilane.js";

// One subscriber: the robust client over a WebSocket, the worker that serves it, and the age of its
// newest message.

/** Eight messages are due within this time. */
export const LATE_MS = 1_000;

/** @typedef {"current" | "late" | "disconnected"} Condition */

export class Subscriber {
  /**
   * @type {ServingWorker | undefined} undefined while it is not
   *   connected
   */
  servedBy;
  /** When its newest message was due. @type {number | undefined} */
  newest;
  /** The longest time without a newer message since the measurement started. */
  silence = 0;

  /**
   * @param {{ url: string, channel: string }} where
   * @param {{ message: (subscriber: Subscriber, id: string) => void, duplicate: () => void, reset:
   *   () => void, onMove: () => void }} callbacks
   */
  constructor({ url, channel }, callbacks) {
    /** @type {ServingWorker | undefined} */
    let reported;
    this.connection = connect({
      url,
      channel,
      transports: ["ws"],
      WebSocket: workerSocket((worker) => (reported = worker)),
    });
    this.connection.addEventListener("state", (/** @type {any} */ { detail: { state } }) => {
      this.servedBy = state === "open" ? reported : undefined;
      callbacks.onMove();
    });
    this.connection.addEventListener(
      "message",
      (/** @type {any} */ { detail: { id, message } }) => {
        this.newest = Math.max(this.newest ?? 0, message.sent);
        callbacks.message(this, id);
      },
    );
    this.connection.addEventListener("duplicate", callbacks.duplicate);
    this.connection.addEventListener("reset", callbacks.reset);
  }

  get cursor() {
    return this.connection.cursor;
  }

  /** @param {number} now */
  age(now) {
    return this.newest === undefined ? 0 : now - this.newest;
  }

  /** @param {number} now @returns {Condition} */
  condition(now) {
    if (!this.servedBy) return "disconnected";
    return this.age(now) > LATE_MS ? "late" : "current";
  }

  close() {
    this.connection.close();
  }
}

// A WebSocket that reports which worker of which process serves it: its first frame, the hello,
// says so (docs/protocol.md, `worker=true`).

/** @typedef {{ pid: number, worker: number }} ServingWorker */

/**
 * @param {(worker: ServingWorker) => void} report
 * @param {typeof globalThis.WebSocket} [WebSocket]
 */
export const workerSocket = (report, WebSocket = globalThis.WebSocket) =>
  class extends WebSocket {
    /** @param {string} url with a query */
    constructor(url) {
      super(`${url}&worker=true`);
      this.addEventListener("message", ({ data }) => report(JSON.parse(data).hello), {
        once: true,
      });
    }
  };
