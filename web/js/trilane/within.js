// A time limit that leaves nothing behind. AbortSignal.timeout and .any keep what listens to them until the time is up,
// which at a hundred requests a second is a lot.

/**
 * @template T
 * @param {number} ms
 * @param {AbortSignal} signal  ends the work too
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function within(ms, signal, work) {
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
