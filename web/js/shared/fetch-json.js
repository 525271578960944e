// A JSON request whose error carries the detail of the problem (RFC 9457). For the controls of the
// gate and of the topology, and for the service that the topology starts.

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
export async function fetchJson(fetch, method, path, body) {
  const rest =
    body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  // keepalive: the request that ends a fault must survive the page being closed.
  const response = await fetch(path, { method, keepalive: method !== "GET", ...rest });
  const result = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(result.detail ?? `${path} responded with ${response.status}`);
  return result;
}
