// One message to one service over HTTP, and the question which log a service reads. Knows no lane and no rate.

import { retryAfter } from "./transports/backoff.js";

export class PublishError extends Error {
  /** @param {string} message @param {number} [retryAfter] milliseconds the service asked us to wait */
  constructor(message, retryAfter = 0) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/**
 * @param {{ base: string, channel: string, message: unknown }} publication
 * @returns {Promise<{ id: string, channel: string, time: number }>}
 */
export async function publish({ base, channel, message }, { fetch = globalThis.fetch.bind(globalThis) } = {}) {
  const request = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message }),
  };
  const response = await fetch(messagesUrl(base, { channel }), request).catch(() => {
    throw new PublishError(`Nothing answers at ${base}.`);
  });
  if (response.ok) return response.json();
  const { detail } = await response.json().catch(() => ({}));
  throw new PublishError(`${base} answered ${response.status}${detail ? `: ${detail}` : "."}`, retryAfter(response));
}

/**
 * A cursor of the service's log of this channel. Only its epoch is meant to be used.
 * @param {{ base: string, channel: string }} log
 * @returns {Promise<string>}
 */
export async function anyCursor({ base, channel }, { fetch = globalThis.fetch.bind(globalThis) } = {}) {
  const response = await fetch(messagesUrl(base, { channel, limit: "1" }), { cache: "no-store" });
  return (await response.json()).cursor;
}

/** @param {string} base @param {Record<string, string>} query */
const messagesUrl = (base, query) => `${base}/messages?${new URLSearchParams(query)}`;
