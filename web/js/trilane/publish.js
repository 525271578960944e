// Publishes one message to one service over HTTP, in one attempt. `publisher.js` retries.

import { retryAfter } from "./backoff.js";
import { authorization } from "./request.js";

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
 * @param {{ base: string, channel: string, message: unknown, key?: string, token?: string, signal?:
 *   AbortSignal }} publication
 * @returns {Promise<{ id: string, channel: string, time: number }>}
 */
export async function publish(
  { base, channel, message, key, token, signal },
  { fetch = globalThis.fetch.bind(globalThis) } = {},
) {
  const request = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key && { "idempotency-key": key }),
      ...authorization(token),
    },
    body: JSON.stringify({ message }),
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
