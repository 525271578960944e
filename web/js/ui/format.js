// Numbers and names as the page shows them. Widths stay the same while values change.

/** @type {Record<string, string>} */
export const NAMES = { longpoll: "Long polling", sse: "Server-Sent Events", ws: "WebSocket" };

/** The names in the middle of a sentence. @type {Record<string, string>} */
export const IN_SENTENCE = { longpoll: "long polling", sse: "SSE", ws: "WebSocket" };

/** The names of the services in the middle of a sentence. @type {Record<string, string>} */
export const SERVICES = {
  longpoll: "long-polling service",
  sse: "SSE service",
  ws: "WebSocket service",
};

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {number | undefined} value */
export function milliseconds(value) {
  if (value === undefined) return "–";
  if (value >= 9_995) return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ms`;
}

/** @param {{ ms?: number, oneClock?: boolean }} entry */
export function latency({ ms, oneClock }) {
  // Another clock with whole milliseconds: decimals would be invented.
  return ms === undefined || oneClock ? milliseconds(ms) : `≈ ${ms} ms`;
}

/** @param {number | undefined} ms */
export const old = (ms) => (ms === undefined ? "–" : `≤ ${seconds(ms)}`);

/** Formats seconds with one decimal. @param {number | undefined} ms */
export function seconds(ms) {
  return ms === undefined ? "–" : `${(ms / 1000).toFixed(ms < 99_950 ? 1 : 0)} s`;
}

const KILO = 1_000;

/** @param {number | undefined} count */
export function bytes(count) {
  if (count === undefined) return "–";
  if (count < KILO) return `${Math.round(count)} B`;
  return count < KILO * KILO
    ? `${(count / KILO).toFixed(1)} kB`
    : `${(count / KILO / KILO).toFixed(2)} MB`;
}
