// Publications: in one attempt, over HTTP or an open WebSocket, and until one has succeeded.

import { Backoff, pause, retryAfter } from "./time.js";
import { authorization, withTimeout } from "./request.js";

// Publishes one message to one service over HTTP, in one attempt.

export class PublishError extends Error {
  /**
   * @param {string} message
   * @param {{ retryAfter?: number, status?: number }} [facts] milliseconds that the service asked
   *   to wait, and its status
   */
  constructor(message, { retryAfter = 0, status } = {}) {
    super(message);
    this.retryAfter = retryAfter;
    this.status = status;
  }
}

/**
 * @param {{ base: string, channel: string, message?: unknown, event?: string, end?: boolean, key?:
 *   string, token?: string, signal?: AbortSignal }} publication
 * @returns {Promise<{ id: string, channel: string, time: number }>}
 */
export async function publish(
  { base, channel, message, event, end, key, token, signal },
  { fetch = globalThis.fetch.bind(globalThis) } = {},
) {
  const request = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key && { "idempotency-key": key }),
      ...authorization(token),
    },
    body: JSON.stringify({ message, event, end }),
    ...(signal && { signal }),
  };
  const response = await fetch(
    `${base}/messages?${new URLSearchParams({ channel })}`,
    request,
  ).catch(() => {
    throw new PublishError(`No response from ${base}.`);
  });
  if (response.ok) return response.json();
  const { status } = response;
  const { detail } = await response.json().catch(() => ({}));
  const reason = detail ? `: ${detail}` : ".";
  throw new PublishError(`${base} responded with ${status}${reason}`, {
    status,
    retryAfter: retryAfter(response),
  });
}

// Publications that wait for a reply on a WebSocket, by the `ref` that the reply repeats.

export class PendingReplies {
  #pending = new Map();
  #lastRef = 0;

  /** @param {(ref: number) => void} send */
  expect(send) {
    const ref = ++this.#lastRef;
    return new Promise((resolve, reject) => {
      this.#pending.set(ref, { resolve, reject });
      send(ref);
    });
  }

  /**
   * @param {{ ref: number, ok?: object, error?: { status?: number, detail?: string, title?: string
   *   } }} reply
   */
  settle({ ref, ok, error }) {
    const pending = this.#pending.get(ref);
    this.#pending.delete(ref);
    if (ok) pending?.resolve(ok);
    else
      pending?.reject(
        new PublishError(error?.detail ?? error?.title ?? "refused", {
          status: error?.status ?? 400,
        }),
      );
  }

  /** Rejects all of them. Whether the service accepted them is unknown. */
  failAll() {
    for (const { reject } of this.#pending.values())
      reject(new PublishError("the WebSocket closed before the reply"));
    this.#pending.clear();
  }
}

// Publishes until a service has accepted or refused the message. Each attempt carries the same key:
// a service that accepted one whose response was lost returns the same id instead of publishing
// twice.

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

  /** @param {import("./transports/index.js").Content} content @param {string} key */
  async publish(content, key) {
    if (content.message === undefined && !content.end)
      throw new TypeError("There is no message to publish.");
    const backoff = new Backoff(this.platform.random);
    const end = this.platform.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      this.signal.throwIfAborted();
      try {
        return await this.#attempt(content, key);
      } catch (/** @type {any} */ error) {
        const wait = backoff.next(error.retryAfter);
        if (!this.#isRetryable(error) || this.platform.now() + wait > end) throw error;
        await pause(wait, this.signal);
      }
    }
  }

  /** A refused message would be refused again, except with a new token. @param {unknown} error */
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

  /** @param {import("./transports/index.js").Content} content @param {string} key */
  async #attempt(content, key) {
    const { platform } = this;
    const route = this.route();
    if (route.publish) return replyInTime(route.publish(content, key));
    const token = await this.token();
    const channel = content.channel ?? this.channel;
    const post = (/** @type {AbortSignal} */ signal) =>
      publish({ base: route.base, ...content, channel, key, token, signal }, platform);
    return withTimeout(RESPONSE_TIMEOUT_MS, this.signal, post);
  }
}

/** @template T @param {Promise<T>} reply @returns {Promise<T>} */
function replyInTime(reply) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
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
