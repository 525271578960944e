// Numbers and scenarios in the words of `cargo lab report`.

/** @typedef {import("./run.js").Scenario} Scenario */

const TRANSPORTS = { longpoll: "long polling", sse: "SSE", ws: "WebSocket" };
const MANNERS = {
  "one-per-answer": "one per response",
  "no-cursor": "no cursor",
  "new-connection": "new connections",
};
const SERVERS = { ours: "Trilane", limit: "limit" };
const MEASURED = {
  delivery: "a delivery",
  publication: "a publication",
  opening: "an opening",
  comeback: "a reconnect",
  idle: "idle connections",
};

/**
 * The choices that distinguish scenarios: their names, and what was chosen.
 * @type {[string, (scenario: Scenario) => string][]}
 */
export const CHOICES = [
  ["transport", ({ transport }) => TRANSPORTS[transport] ?? transport],
  ["client", ({ manner }) => MANNERS[manner] ?? manner],
  [
    "server",
    ({ server }) =>
      SERVERS[/** @type {string} */ (server)] ?? /** @type {any} */ (server)?.url ?? String(server),
  ],
  ["what", ({ measures }) => MEASURED[measures] ?? measures],
  ["link", ({ link }) => linkIn(link)],
  [
    "load",
    ({ load }) =>
      "per-second" in load ? `${setting(load["per-second"])}/s` : `${load["in-flight"]} in flight`,
  ],
  ["connections", ({ readers }) => String(readers)],
  ["text", ({ payload_bytes }) => `${payload_bytes} B`],
];

/** The duration, which does not distinguish scenarios. @type {(scenario: Scenario) => string} */
export const lengthOf = ({ seconds }) => `${setting(seconds)} s`;

/**
 * A key that equals for scenarios that measure the same. CPU load is not a choice, so the
 * experiment is part of it.
 * @param {Scenario} scenario
 */
export const askedBy = (scenario) =>
  [scenario.experiment, ...CHOICES.map(([, describe]) => describe(scenario))].join("\n");

/** @param {Scenario["link"]} link */
function linkIn({ delay_ms, jitter_ms, bytes_per_second }) {
  const jitter = jitter_ms ? ` + 0 to ${setting(jitter_ms)} ms` : "";
  const limit = bytes_per_second ? `, ${bytes_per_second} B/s` : "";
  return delay_ms || jitter || limit
    ? `${setting(delay_ms)} ms in each direction${jitter}${limit}`
    : "loopback";
}

/** Formats three significant digits: more would be noise. @param {number} value */
export function number(value) {
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  return rounded.toFixed(size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** Formats a setting without spurious digits. @param {number} value */
const setting = (value) => String(Number(Number(value).toPrecision(3)));

/** @param {import("./bootstrap.js").Estimate} estimate */
export function withInterval({ value, interval }) {
  const [low, high] = interval ? [number(interval.low), number(interval.high)] : [];
  return low === high ? number(value) : `${number(value)} [${low}, ${high}]`;
}
