// `GET /messages`, for what a stream does not reveal: whether it is dead, and why it was refused.

import { connectionError, fromResponse } from "./connection-error.js";
import { get } from "./request.js";

/**
 * @param {{ base: string, channel: string, token?: string }} subscription
 * @param {{ after?: string, limit: number }} range
 * @param {{ fetch: typeof globalThis.fetch, signal: AbortSignal }} platform
 * @returns {Promise<{ messages: any[], cursor: string, reset?: object }>}
 */
export async function history(subscription, { after, limit }, { fetch, signal }) {
  const response = await get(
    subscription,
    "/messages",
    { limit: String(limit), after },
    { fetch, signal },
  );
  if (!response.ok) throw connectionError(await fromResponse(response));
  return response.json();
}
