// The client's only clock, and how long it waits before another attempt.

// The page reads this clock too, so that a latency is the difference of two readings of one clock.

/**
 * Returns milliseconds since 1970 at the platform's resolution. Unlike `Date.now()` it never steps
 * back.
 */
export const now = () => performance.timeOrigin + performance.now();

// Waits between attempts, with full jitter: a random wait up to a ceiling that doubles. The clients
// of a service that restarts then do not all reconnect at once.

const FIRST_MS = 500;
/** The longest wait that the client chooses itself. */
export const MAX_MS = 20_000;

export class Backoff {
  #attempts = 0;

  /** @param {() => number} [random] */
  constructor(random = Math.random) {
    this.random = random;
  }

  /**
   * Returns the next wait.
   * @param {number} [atLeast] milliseconds that the service asked for with Retry-After
   * @returns {number} milliseconds
   */
  next(atLeast = 0) {
    const ceiling = Math.min(MAX_MS, FIRST_MS * 2 ** this.#attempts++);
    return atLeast + this.random() * ceiling;
  }

  /**
   * Starts again at the first wait. Call it when the service has responded, not merely when a
   * socket opened.
   */
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
 * Returns the Retry-After header in milliseconds, from either of its forms (RFC 9110, 10.2.3).
 * @param {Response} response
 */
export function retryAfter(response) {
  const value = response.headers.get("retry-after") ?? "";
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Math.max(0, ms || 0);
}
