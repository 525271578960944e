// By which protocol the browser asks an origin: it says so only afterwards, among the times of a request, and only where the
// service allows it (Timing-Allow-Origin).

const ANSWERS_WITHIN_MS = 5_000;
const SAYS_WITHIN_MS = 1_000;

/**
 * @param {string} base
 * @returns {Promise<string>} `http/1.1`, `h2`, or `n/a`; rejects if the origin does not answer
 */
export async function protocolOf(base) {
  const url = `${base}/health/live?asked=${Math.random().toString(36).slice(2)}`;
  const entry = entryOf(url);
  const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
  await response.text();
  const { nextHopProtocol = "" } = (await Promise.race([entry, later(SAYS_WITHIN_MS)])) ?? {};
  return nextHopProtocol || "n/a";
}

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** An observer, since the list of all times is full after 250 requests. */
function entryOf(url) {
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => {
      const [entry] = list.getEntriesByName(url);
      if (!entry) return;
      observer.disconnect();
      resolve(entry);
    });
    observer.observe({ type: "resource" });
  });
}
