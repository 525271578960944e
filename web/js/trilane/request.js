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
