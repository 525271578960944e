// The face of the client: options in, one object with events out. What happens behind it is in `pilot.js`.

import * as clock from "./clock.js";
import { messages } from "./messages.js";
import { complete } from "./options.js";
import { Pilot } from "./pilot.js";
import { newKey, Publisher } from "./publisher.js";

/**
 * @typedef {"connecting" | "open" | "retrying" | "closed"} State
 * @typedef {import("./transports/index.js").Message & { at: number, transport: import("./options.js").Name }} Arrival
 */

/** @param {import("./options.js").Given} given */
export const connect = (given) => new Connection(given);

/** Dispatches `message`, `state`, `reset`, `error`, and for who looks closer `cursor`, `duplicate`, `request`, `requestend`. */
export class Connection extends EventTarget {
  /** @type {State} */
  state = "connecting";
  /** @type {import("./options.js").Name | undefined} the one that carries, or was last tried */
  transport;
  /** @type {import("./trouble.js").Trouble | undefined} why it is not open */
  trouble;
  #ending = new AbortController();
  #pilot;
  #publisher;

  /** @param {import("./options.js").Given} given */
  constructor(given) {
    super();
    const options = complete(given);
    const { channel, token, renews, platform } = options;
    this.#pilot = new Pilot(options, (type, detail) => this.#report(type, detail));
    const way = () => this.#pilot.way;
    this.#publisher = new Publisher({ channel, token, renews, way, signal: this.#ending.signal }, platform);
    // Not at once: first the caller listens.
    queueMicrotask(() => this.state === "closed" || this.#pilot.run());
    this.#listen();
  }

  /** The last id delivered, or where the subscription begins; `after` of a later connection continues there. */
  get cursor() {
    return this.#pilot.position.cursor;
  }

  /**
   * Resolves once a service has accepted the message, however often that had to be tried; it is published once.
   * @param {unknown} message any JSON
   * @param {{ key?: string }} [options] a key of the caller's own makes even a later repetition safe, for five minutes
   * @returns {Promise<{ id: string, time: number }>}
   */
  publish(message, { key = newKey() } = {}) {
    return this.#publisher.publish(message, key);
  }

  close() {
    if (this.state === "closed") return;
    this.#report("state", { state: "closed", at: clock.now(), transport: this.transport });
    this.#pilot.stop();
  }

  [Symbol.asyncIterator]() {
    return messages(this);
  }

  /** @param {string} type @param {any} detail */
  #report(type, detail) {
    if (type === "state") Object.assign(this, { state: detail.state, transport: detail.transport, trouble: detail.trouble });
    if (this.state === "closed") this.#ending.abort(new Error("The connection is closed."));
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Moments at which a browser's streams are often dead and do not know it. */
  #listen() {
    const { signal } = this.#ending;
    const nudge = () => void (globalThis.document?.hidden || this.#pilot.nudge());
    globalThis.document?.addEventListener("visibilitychange", nudge, { signal });
    globalThis.addEventListener?.("online", nudge, { signal });
  }
}
