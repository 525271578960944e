// JSON requests, and their order.

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

// Keeps the newest of several responses about one state, where responses may overtake each other.

export class LatestWins {
  #sent = 0;
  #newest = 0;
  #changes = 0;
  #changed = 0;

  /**
   * Awaits a request that does not change the state.
   * @template T @param {Promise<T>} request  sent just now
   * @returns {Promise<T | undefined>} undefined if a newer response has arrived
   */
  async query(request) {
    const number = (this.#sent += 1);
    const response = await request;
    if (number < this.#newest) return undefined;
    this.#newest = number;
    return response;
  }

  /**
   * Awaits a request that changes the state and responds with it: every request sent before that
   * response is older.
   * @template T @param {Promise<T>} request  sent just now
   * @returns {Promise<T | undefined>} undefined if the response to a later change has arrived
   */
  async update(request) {
    const number = (this.#changes += 1);
    const response = await request;
    if (number < this.#changed) return undefined;
    this.#changed = number;
    this.#newest = this.#sent += 1;
    return response;
  }
}
