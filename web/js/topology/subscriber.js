// One subscriber: the robust client over a WebSocket, the worker that serves it, and the age of its newest message.

import { connect } from "../trilane.js";
import { workerSocket } from "./worker-socket.js";

/** Eight messages are due within this time. */
export const LATE_MS = 1_000;

/** @typedef {"fresh" | "late" | "out"} Condition */

export class Reader {
  /** @type {import("./worker-socket.js").Place | undefined} undefined while it is not connected */
  place;
  /** When its newest message was due. @type {number | undefined} */
  newest;
  /** The longest time without a newer message since the measurement started. */
  silence = 0;

  /**
   * @param {{ url: string, channel: string }} where
   * @param {{ message: (reader: Reader, id: string) => void, duplicate: () => void, reset: () => void, moved: () => void }} hear
   */
  constructor({ url, channel }, hear) {
    /** @type {import("./worker-socket.js").Place | undefined} */
    let reported;
    this.connection = connect({ url, channel, transports: ["ws"], WebSocket: workerSocket((place) => (reported = place)) });
    this.connection.addEventListener("state", (/** @type {any} */ { detail: { state } }) => {
      this.place = state === "open" ? reported : undefined;
      hear.moved();
    });
    this.connection.addEventListener("message", (/** @type {any} */ { detail: { id, message } }) => {
      this.newest = Math.max(this.newest ?? 0, message.sent);
      hear.message(this, id);
    });
    this.connection.addEventListener("duplicate", hear.duplicate);
    this.connection.addEventListener("reset", hear.reset);
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
    if (!this.place) return "out";
    return this.age(now) > LATE_MS ? "late" : "fresh";
  }

  close() {
    this.connection.close();
  }
}
