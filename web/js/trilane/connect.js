// The public interface of the client: options in, one object with events out. `session.js` does the
// work.

import * as clock from "./clock.js";
import { messages } from "./messages.js";
import { complete } from "./options.js";
import { newKey, Publisher } from "./publisher.js";
import { Session } from "./session.js";

/**
 * @typedef {"connecting" | "open" | "retrying" | "closed"} State
 * @typedef {import("./transports/index.js").Message & { at: number, transport:
 *   import("./options.js").Name }} Arrival
 */

/** @param {import("./options.js").Given} given */
export const connect = (given) => new Connection(given);

/**
 * Dispatches `message`, `state`, `reset` and `error`; for diagnostics also `cursor`, `duplicate`,
 * `request` and `requestend`.
 */
export class Connection extends EventTarget {
  /** @type {State} */
  state = "connecting";
  /** @type {import("./options.js").Name | undefined} the transport in use, or the last one tried */
  transport;
  /** @type {import("./connection-error.js").ConnectionError | undefined} why it is not open */
  trouble;
  #ending = new AbortController();
  #session;
  #publisher;

  /** @param {import("./options.js").Given} given */
  constructor(given) {
    super();
    const options = complete(given);
    const { channel, token, renewsToken, platform } = options;
    this.#session = new Session(options, (type, detail) => this.#report(type, detail));
    const route = () => this.#session.publishRoute;
    this.#publisher = new Publisher(
      { channel, token, renewsToken, route, signal: this.#ending.signal },
      platform,
    );
    // Deferred, so that the caller can add listeners first.
    queueMicrotask(() => this.state === "closed" || this.#session.run());
    this.#watchPlatform();
  }

  /**
   * The last id delivered, or where the subscription starts. Pass it as `after` to a later
   * connection to resume.
   */
  get cursor() {
    return this.#session.cursor;
  }

  /**
   * Publishes a message once, with as many attempts as it takes. Resolves when a service has
   * accepted it.
   * @param {unknown} message any JSON
   * @param {{ key?: string }} [options] the caller's own key makes even a later repetition safe,
   *   for five minutes
   * @returns {Promise<{ id: string, time: number }>}
   */
  publish(message, { key = newKey() } = {}) {
    return this.#publisher.publish(message, key);
  }

  close() {
    if (this.state === "closed") return;
    this.#report("state", { state: "closed", at: clock.now(), transport: this.transport });
    this.#session.stop();
  }

  [Symbol.asyncIterator]() {
    return messages(this);
  }

  /** @param {string} type @param {any} detail */
  #report(type, detail) {
    if (type === "state")
      Object.assign(this, {
        state: detail.state,
        transport: detail.transport,
        trouble: detail.trouble,
      });
    if (this.state === "closed") this.#ending.abort(new Error("The connection is closed."));
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /**
   * Checks the connection when the tab is shown again or the network is back: streams are often
   * dead then.
   */
  #watchPlatform() {
    const { signal } = this.#ending;
    const check = () => void (globalThis.document?.hidden || this.#session.check());
    globalThis.document?.addEventListener("visibilitychange", check, { signal });
    globalThis.addEventListener?.("online", check, { signal });
  }
}
