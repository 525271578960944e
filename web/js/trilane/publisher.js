// Publishes until a service has accepted or refused the message. Each attempt carries the same key:
// a service that accepted one whose response was lost returns the same id instead of publishing
// twice.

import { Backoff, pause } from "./backoff.js";
import { publish, PublishError } from "./publish.js";
import { withTimeout } from "./with-timeout.js";

// Services remember keys for five minutes; a retry stops well before that.
const GIVE_UP_AFTER_MS = 120_000;
const RESPONSE_TIMEOUT_MS = 10_000;

/**
 * @typedef {object} Route
 * @property {string} base
 * @property {import("./transports/index.js").Publish} [publish] over an open connection
 */

export class Publisher {
  /**
   * @param {{ channel: string, token: () => Promise<string | undefined>, renewsToken: boolean,
   *   route: () => Route, signal: AbortSignal }} publication
   *   `route` is called for each attempt: meanwhile the connection may have moved to another
   * service
   * @param {import("./transports/index.js").Platform} platform
   */
  constructor({ channel, token, renewsToken, route, signal }, platform) {
    this.channel = channel;
    this.token = token;
    this.renewsToken = renewsToken;
    this.route = route;
    this.signal = signal;
    this.platform = platform;
  }

  /** @param {unknown} message @param {string} key */
  async publish(message, key) {
    if (message === undefined) throw new TypeError("There is no message to publish.");
    const backoff = new Backoff(this.platform.random);
    const end = this.platform.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      this.signal.throwIfAborted();
      try {
        return await this.#attempt(message, key);
      } catch (/** @type {any} */ error) {
        const wait = backoff.next(error.retryAfter);
        if (!this.#isRetryable(error) || this.platform.now() + wait > end) throw error;
        await pause(wait, this.signal);
      }
    }
  }

  /** A refused message would be refused again, except with a new token. */
  #isRetryable(error) {
    if (!(error instanceof PublishError)) return false;
    const { status } = error;
    return (
      status === undefined ||
      status === 408 ||
      status === 429 ||
      status >= 500 ||
      (status === 401 && this.renewsToken)
    );
  }

  async #attempt(message, key) {
    const { channel, platform } = this;
    const route = this.route();
    if (route.publish) return replyInTime(route.publish(message, key));
    const token = await this.token();
    const post = (/** @type {AbortSignal} */ signal) =>
      publish({ base: route.base, channel, message, key, token, signal }, platform);
    return withTimeout(RESPONSE_TIMEOUT_MS, this.signal, post);
  }
}

/** @template T @param {Promise<T>} reply @returns {Promise<T>} */
function replyInTime(reply) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new PublishError("no reply on the WebSocket")),
      RESPONSE_TIMEOUT_MS,
    );
  });
  return Promise.race([reply, late]).finally(() => clearTimeout(timer));
}

/**
 * Returns a random key. Not `randomUUID`: a page on a plain-HTTP address of the local network does
 * not have it.
 */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
