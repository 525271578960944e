// How long to wait before trying again. Full jitter: any moment up to a ceiling that doubles, so that the clients of a
// service that restarts do not all come back at once.

const FIRST_MS = 500;
const CAP_MS = 20_000;

export class Backoff {
  #attempts = 0;

  /** @param {() => number} [random] */
  constructor(random = Math.random) {
    this.random = random;
  }

  /**
   * @param {number} [atLeast] what the service asked for, by Retry-After
   * @returns {number} milliseconds
   */
  next(atLeast = 0) {
    const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** this.#attempts++);
    return atLeast + this.random() * ceiling;
  }

  /** To be called when the service has answered, not merely when a socket opened. */
  reset() {
    this.#attempts = 0;
  }
}

/**
 * Resolves after `ms`, or at once when the signal aborts.
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

/**
 * Retry-After in milliseconds, from either of its forms.
 * @param {Response} response
 */
export function retryAfter(response) {
  const value = response.headers.get("retry-after") ?? "";
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Math.max(0, ms || 0);
}
