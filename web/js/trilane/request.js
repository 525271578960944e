// Requests to a service: their address, token and time limit, and what they read of the history.

import { connectionError, fromResponse } from "./events.js";

// One GET request to a service, with the token where it needs no preflight.

/**
 * @param {{ base: string, channel: string, token?: string }} subscription
 * @param {string} path
 * @param {Record<string, string | undefined>} parameters
 * @param {{ fetch: typeof globalThis.fetch, signal: AbortSignal, headers?: Record<string, string>
 *   }} how
 */
export function get({ base, channel, token }, path, parameters, { fetch, signal, headers }) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams({ channel, ...Object.fromEntries(given) });
  // From another origin, a token in a header needs a preflight for each address, and each poll has
  // another address.
  const inQuery = token && isForeign(base);
  if (inQuery) query.set("access_token", token);
  const all = { ...headers, ...(!inQuery && authorization(token)) };
  return fetch(`${base}${path}?${query}`, { signal, headers: all, cache: "no-store" });
}

/** @param {string} [token] @returns {Record<string, string>} */
export const authorization = (token) => (token ? { authorization: `Bearer ${token}` } : {});

/** Returns whether this is a page of another origin than the service. @param {string} base */
export function isForeign(base) {
  const own = globalThis.location?.origin;
  return own !== undefined && own !== new URL(base).origin;
}

// Runs work with a time limit, and removes the timer and the listener afterwards.
// `AbortSignal.timeout` and `AbortSignal.any` keep their listeners until the time is up, which
// adds up at a hundred requests per second.

/**
 * @template T
 * @param {number} ms
 * @param {AbortSignal} signal  aborts the work as well
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withTimeout(ms, signal, work) {
  const limit = new AbortController();
  const end = () => limit.abort();
  const timer = setTimeout(end, ms);
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

// `GET /messages`, for what a stream does not reveal: whether it is dead, and why it was refused.

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
