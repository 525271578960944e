// `GET /messages`, for what a stream cannot tell: whether it is dead, why it was refused.

import { failure, refusal } from "./trouble.js";

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

/** @param {string} [token] @returns {Record<string, string>} */
export const authorization = (token) => (token ? { authorization: `Bearer ${token}` } : {});
