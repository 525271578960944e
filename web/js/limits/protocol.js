// The protocol that the browser uses for an origin. It reveals it only afterwards, with the timing
// of a request, and only if the service allows it (Timing-Allow-Origin).

import { pause } from "../trilane/backoff.js";

const RESPONSE_TIMEOUT_MS = 5_000;
const TIMING_TIMEOUT_MS = 1_000;

/**
 * @param {string} base
 * @returns {Promise<string>} `http/1.1`, `h2`, or `n/a`; rejects if the origin does not respond
 */
export async function protocolOf(base) {
  const url = `${base}/health/live?asked=${Math.random().toString(36).slice(2)}`;
  const known = new AbortController();
  let protocol = "";
  // An observer, since the buffer of all timings is full after 250 requests.
  const observer = new PerformanceObserver((list) => {
    const [entry] = /** @type {PerformanceResourceTiming[]} */ (list.getEntriesByName(url));
    if (!entry) return;
    protocol = entry.nextHopProtocol;
    known.abort();
  });
  observer.observe({ type: "resource" });
  try {
    const response = await fetch(url, {
      cache: "no-store",
      signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
    });
    await response.text();
    await pause(TIMING_TIMEOUT_MS, known.signal);
  } finally {
    observer.disconnect();
  }
  return protocol || "n/a";
}
