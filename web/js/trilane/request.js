// One GET request to a service, with the token where it costs nothing.

/**
 * @param {{ base: string, channel: string, token?: string }} subscription
 * @param {string} path
 * @param {Record<string, string | undefined>} parameters
 * @param {{ fetch: typeof globalThis.fetch, signal: AbortSignal, headers?: Record<string, string> }} how
 */
export function get({ base, channel, token }, path, parameters, { fetch, signal, headers }) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams({ channel, ...Object.fromEntries(given) });
  // In a header it would cost a page of another origin a preflight for each request, since each has another address.
  const inAddress = token && isForeign(base);
  if (inAddress) query.set("access_token", token);
  const all = { ...headers, ...(!inAddress && authorization(token)) };
  return fetch(`${base}${path}?${query}`, { signal, headers: all, cache: "no-store" });
}

/** @param {string} [token] @returns {Record<string, string>} */
export const authorization = (token) => (token ? { authorization: `Bearer ${token}` } : {});

/** Whether this is a page, and the service has another origin. @param {string} base */
export function isForeign(base) {
  const own = globalThis.location?.origin;
  return own !== undefined && own !== new URL(base).origin;
}
