// The public interface of the client: options in, one object with events out. `session.js` does the
// work.

import * as clock from "./time.js";
import { ConnectionEvents } from "./events.js";
import { complete } from "./options.js";
import { Publisher, newKey } from "./publisher.js";
import { Session } from "./session.js";

/** @typedef {import("./events.js").State} State */

/** @param {import("./options.js").Given} given */
export const connect = (given) => new Connection(given);

/**
 * Dispatches `message`, `state`, `reset`, `end` and `error`; for diagnostics also `cursor`,
 * `duplicate`, `request` and `requestend`.
 */
export class Connection extends ConnectionEvents {
  /** @type {State} */
  state = "connecting";
  /** @type {import("./options.js").Name | undefined} the transport in use, or the last one tried */
  transport;
  /** @type {import("./events.js").ConnectionError | undefined} why it is not open */
  trouble;
  #ending = new AbortController();
  #session;
  #publisher;

  /** @param {import("./options.js").Given} given */
  constructor(given) {
    super();
    const options = complete(given);
    const { channels, token, renewsToken, platform } = options;
    this.#session = new Session(options, (type, detail) => this.#report(type, detail));
    const route = () => this.#session.publishRoute;
    this.#publisher = new Publisher(
      { channel: channels[0], token, renewsToken, route, signal: this.#ending.signal },
      platform,
    );
    // Deferred, so that the caller can add listeners first.
    queueMicrotask(() => this.state === "closed" || this.#session.run());
    this.#watchPlatform();
  }

  /**
   * The last id delivered, or where the subscription starts; of several channels the combined
   * cursor. Pass it as `after` to a later connection to resume.
   */
  get cursor() {
    return this.#session.cursor;
  }

  /**
   * Publishes a message once, with as many attempts as it takes. Resolves when a service has
   * accepted it.
   * @param {unknown} message any JSON; `undefined` only to end the channel
   * @param {object} [options]
   * @param {string} [options.event] the name of the event that the message is
   * @param {boolean} [options.end] whether it is the last message of the channel
   * @param {string} [options.key] the caller's own idempotency key: for five minutes, publishing
   *   with it again publishes nothing
   * @param {string} [options.channel] by default the first channel
   * @returns {Promise<{ id: string, time: number }>}
   */
  publish(message, { event, end, key = newKey(), channel } = {}) {
    return this.#publisher.publish({ message, event, end, channel }, key);
  }

  /**
   * Adds a channel: on an open WebSocket by a request, otherwise by connecting again. Rejects if
   * the service refuses the request.
   * @param {string} channel
   * @param {{ after?: string }} [options] the id to resume from; without it, only new messages
   */
  subscribe(channel, { after } = {}) {
    return this.#session.subscribe(channel, after);
  }

  /** Removes a channel. No message of it follows. @param {string} channel */
  unsubscribe(channel) {
    return this.#session.unsubscribe(channel);
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

// The messages of a connection for `for await`. Messages that arrive while the loop is busy wait in
// memory.

/**
 * @param {Connection} connection
 * @returns {AsyncGenerator<import("./events.js").Arrival>}
 */
async function* messages(connection) {
  /** @type {import("./events.js").Arrival[]} */
  const waiting = [];
  let wake = () => {};
  const listening = new AbortController();
  const { signal } = listening;
  connection.addEventListener(
    "message",
    ({ detail }) => (waiting.push(detail), wake()),
    { signal },
  );
  connection.addEventListener("state", () => wake(), { signal });
  try {
    for (;;) {
      yield* waiting.splice(0);
      if (waiting.length) continue;
      if (connection.state === "closed") break;
      await new Promise((resolve) => (wake = () => resolve(undefined)));
    }
  } finally {
    listening.abort();
  }
  if (connection.trouble)
    throw Object.assign(new Error(connection.trouble.detail), connection.trouble);
}
