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
