// `GET /messages`, for what a stream cannot tell: whether it is dead, why it was refused.

import { get } from "./request.js";
import { failure, refusal } from "./trouble.js";

/**
 * @param {{ base: string, channel: string, token?: string }} log
 * @param {{ after?: string, limit: number }} range
 * @param {{ fetch: typeof globalThis.fetch, signal: AbortSignal }} platform
 * @returns {Promise<{ messages: any[], cursor: string, reset?: object }>}
 */
export async function history(log, { after, limit }, { fetch, signal }) {
  const response = await get(log, "/messages", { limit: String(limit), after }, { fetch, signal });
  if (!response.ok) throw failure(await refusal(response));
  return response.json();
}
