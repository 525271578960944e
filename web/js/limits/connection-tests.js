// The tests of connections: what they open, how, and over which protocol.

import { pause } from "../trilane/time.js";

// The connection tests: just enough to show the limit of HTTP/1.1, and more than any browser is
// known to open otherwise.

const FEW = 7;
const MANY = 300;

/**
 * @typedef {object} ConnectionTest
 * @property {string} title
 * @property {string} [base]  undefined where there is no such origin
 * @property {number} count
 * @property {import("./connection-set.js").Open} open
 * @property {boolean} [stays]  whether they stay open until they are closed one by one; otherwise
 *   they are closed once counted
 * @property {boolean} [silent]  whether no list of requests shows the protocol
 */

/**
 * @param {import("../page/server.js").Endpoints} endpoints
 * @returns {Record<string, ConnectionTest>}
 */
export const connectionTests = ({ shared, services, tls }) => ({
  open: {
    title: `${FEW} event streams`,
    base: shared ?? services.sse,
    count: FEW,
    open: stream,
    stays: true,
  },
  tls: { title: `${FEW} event streams, TLS`, base: tls, count: FEW, open: stream, stays: true },
  "tls-many": { title: `${MANY} event streams, TLS`, base: tls, count: MANY, open: stream },
  // At the service itself: over a slow link they would take minutes, since a browser opens them one
  // after the other.
  sockets: {
    title: `${MANY} WebSockets`,
    base: services.ws,
    count: MANY,
    open: socket,
    silent: true,
  },
});

// The two kinds of persistent connection: an event stream, whose response does not end, and a
// WebSocket.

const CHANNEL = "limits";

/**
 * Opens an event stream with fetch, which unlike EventSource reveals when it waits and when it
 * fails.
 * @type {import("./connection-set.js").Open}
 */
async function stream(base, n, signal) {
  // A number in the address, because some browsers serialise equal requests.
  const response = await fetch(`${base}/events?channel=${CHANNEL}&n=${n}`, {
    signal,
    cache: "no-store",
  });
  return { ended: drain(response) };
}

/** @param {Response} response */
async function drain({ body }) {
  const reader = body?.getReader();
  while (reader && !(await reader.read()).done);
}

/** @type {import("./connection-set.js").Open} */
function socket(base, n, signal) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace(/^http/, "ws")}/ws?channel=${CHANNEL}&n=${n}`);
    const ended = new Promise((end) => socket.addEventListener("close", end));
    signal.addEventListener("abort", () => socket.close());
    socket.addEventListener("open", () => resolve({ ended }));
    // Without effect on one that was open.
    ended.then(reject);
  });
}

// The protocol that the browser uses for an origin. It reveals it only afterwards, with the timing
// of a request, and only if the service allows it (Timing-Allow-Origin).

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
