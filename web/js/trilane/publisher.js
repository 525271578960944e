// Publishes until a service has accepted or refused. Each try carries the same key, so that a service which accepted one
// whose answer was lost gives the same id again instead of publishing twice.

import { Backoff, pause } from "./backoff.js";
import { publish, PublishError } from "./publish.js";
import { within } from "./within.js";

// Services remember keys for five minutes; well before that a retry stops being safe.
const GIVES_UP_AFTER_MS = 120_000;
const ANSWERS_WITHIN_MS = 10_000;

/**
 * @typedef {object} Way
 * @property {string} base
 * @property {import("./transports/index.js").Publish} [publish] over a connection that is open
 */

export class Publisher {
  /**
   * @param {{ channel: string, token: () => Promise<string | undefined>, renews: boolean, way: () => Way, signal: AbortSignal }} publication
   *   `way` is asked anew for each try: in between, the connection may have moved to another service
   * @param {import("./transports/index.js").Platform} platform
   */
  constructor({ channel, token, renews, way, signal }, platform) {
    this.channel = channel;
    this.token = token;
    this.renews = renews;
    this.way = way;
    this.signal = signal;
    this.platform = platform;
  }

  /** @param {unknown} message @param {string} key */
  async publish(message, key) {
    if (message === undefined) throw new TypeError("There is no message to publish.");
    const backoff = new Backoff(this.platform.random);
    const end = this.platform.now() + GIVES_UP_AFTER_MS;
    for (;;) {
      this.signal.throwIfAborted();
      try {
        return await this.#once(message, key);
      } catch (/** @type {any} */ error) {
        const wait = backoff.next(error.retryAfter);
        if (!this.#mayHelp(error) || this.platform.now() + wait > end) throw error;
        await pause(wait, this.signal);
      }
    }
  }

  /** Not for what the service refused: it would refuse it again, but for a token that is asked for anew. */
  #mayHelp(error) {
    if (!(error instanceof PublishError)) return false;
    const { status } = error;
    return status === undefined || status === 408 || status === 429 || status >= 500 || (status === 401 && this.renews);
  }

  async #once(message, key) {
    const { channel, platform } = this;
    const way = this.way();
    if (way.publish) return inTime(way.publish(message, key));
    const token = await this.token();
    const post = (/** @type {AbortSignal} */ signal) => publish({ base: way.base, channel, message, key, token, signal }, platform);
    return within(ANSWERS_WITHIN_MS, this.signal, post);
  }
}

/** @template T @param {Promise<T>} reply @returns {Promise<T>} */
function inTime(reply) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new PublishError("no reply on the WebSocket")), ANSWERS_WITHIN_MS);
  });
  return Promise.race([reply, late]).finally(() => clearTimeout(timer));
}

/** A key nobody else uses. Not randomUUID: a page on a plain-HTTP address of the local network does not have it. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
