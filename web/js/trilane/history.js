// `GET /messages`, for what a stream cannot tell: whether it is dead, where it begins, why it was refused.

import { failure, refusal } from "./trouble.js";

// The most a service gives at once.
const PAGE = 1000;

/**
 * @param {{ base: string, channel: string, token?: string }} log
 * @param {{ after?: string, limit: number }} range
 * @param {{ fetch: typeof globalThis.fetch, signal: AbortSignal }} platform
 * @returns {Promise<{ messages: any[], cursor: string, reset?: object }>}
 */
export async function history({ base, channel, token }, { after, limit }, { fetch, signal }) {
  const query = new URLSearchParams({ channel, limit: String(limit) });
  if (after) query.set("after", after);
  const response = await fetch(`${base}/messages?${query}`, { signal, headers: authorization(token), cache: "no-store" });
  if (!response.ok) throw failure(await refusal(response));
  return response.json();
}

/**
 * The end of the log, found by reading it: dear, and only for a stream that does not say where it begins.
 * @param {{ base: string, channel: string, token?: string }} log
 * @param {{ fetch: typeof globalThis.fetch, signal: AbortSignal }} platform
 */
export async function head(log, platform) {
  for (let after; ; ) {
    const { messages, cursor } = await history(log, { after, limit: PAGE }, platform);
    // An answer may end early because it is large, so only an empty one is the last.
    if (!messages.length) return cursor;
    after = cursor;
  }
}

/** @param {string} [token] @returns {Record<string, string>} */
export const authorization = (token) => (token ? { authorization: `Bearer ${token}` } : {});
