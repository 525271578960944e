// Numbers, scenarios and factors in words.

import { IN_SENTENCE } from "../ui/format.js";

// Numbers and scenarios in the words of `cargo lab report`.

/** @typedef {import("./run.js").Scenario} Scenario */

/** @typedef {Record<string, string | undefined>} Words */

/** @type {Words} */
const MANNERS = {
  "one-per-answer": "one per response",
  "no-cursor": "no cursor",
  "new-connection": "new connections",
};
/** @type {Words} */
const SERVERS = { ours: "Trilane", limit: "limit" };
/** @type {Words} */
const MEASURED = {
  delivery: "a delivery",
  publication: "a publication",
  opening: "an opening",
  comeback: "a reconnect",
  idle: "idle connections",
  quiet: "a quiet connection",
  echo: "an echo",
};

/** What each experiment of the lab and of the page measures. @type {Words} */
const TITLES = {
  cost: "Cost of one delivery on the server",
  quiet: "Latency without load",
  pressure: "One million deliveries per second requested",
  rate: "Latency, loss and bytes at growing message rates",
  "keep-alive": "Long polling with and without keep-alive",
  upstream: "What one message from the client costs",
  opening: "Cost of opening a connection",
  comeback: "Time from a cut to the first missed message",
  idle: "Memory of an idle connection",
  wakeups: "Wake-ups and packets of a quiet connection",
  peers: "Other servers on the same machine",
  rare: "Few messages",
  frequent: "Frequent messages",
  yours: "Your rate and size",
  "no-cursor": "A long poll without a cursor",
};

/** @param {string} experiment */
export const titleOf = (experiment) => TITLES[experiment] ?? experiment;

/**
 * The choices that distinguish scenarios: their names, and what was chosen.
 * @type {[string, (scenario: Scenario) => string][]}
 */
export const CHOICES = [
  ["transport", ({ transport }) => IN_SENTENCE[transport] ?? transport],
  ["client", ({ manner }) => MANNERS[manner] ?? manner],
  [
    "server",
    (/** @type {any} */ { server }) => SERVERS[server] ?? server.url ?? server.peer ?? server,
  ],
  ["what", ({ measures }) => MEASURED[measures] ?? measures],
  ["link", ({ link }) => linkIn(link)],
  [
    "load",
    ({ load }) =>
      "per-second" in load ? `${number(load["per-second"])}/s` : `${load["in-flight"]} in flight`,
  ],
  ["connections", ({ readers }) => number(readers)],
  ["text", ({ payload_bytes }) => `${payload_bytes} B`],
];

/** The duration, which does not distinguish scenarios. @type {(scenario: Scenario) => string} */
export const lengthOf = ({ seconds }) => `${number(seconds)} s`;

/**
 * A key that equals for scenarios that measure the same. CPU load is not a choice, so the
 * experiment is part of it.
 * @param {Scenario} scenario
 */
export const askedBy = (scenario) =>
  [scenario.experiment, ...CHOICES.map(([, describe]) => describe(scenario))].join("\n");

/** @param {Scenario["link"]} link */
function linkIn({ delay_ms, jitter_ms, bytes_per_second }) {
  const jitter = jitter_ms ? ` + 0 to ${number(jitter_ms)} ms` : "";
  const limit = bytes_per_second ? `, ${number(bytes_per_second)} B/s` : "";
  return delay_ms || jitter || limit
    ? `${number(delay_ms)} ms each way${jitter}${limit}`
    : "loopback";
}

/**
 * Formats three significant digits, more would be noise, with grouped thousands.
 * @param {number} value
 */
export function number(value) {
  const rounded = roundedToThree(value);
  const size = Math.abs(rounded);
  return withDecimals(
    rounded,
    size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3,
  );
}

/** A half goes to the even digit, as in `cargo lab report`. @param {number} value */
function roundedToThree(value) {
  const [, kept, exponent] = /^(-?\d\.\d[02468])50*(e.*)$/.exec(value.toExponential(50)) ?? [];
  return Number(kept ? kept + exponent : value.toPrecision(3));
}

/** @param {number} value @param {number} decimals */
export const withDecimals = (value, decimals) =>
  value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** @param {import("./bootstrap.js").Estimate} estimate */
export function withInterval({ value, interval }) {
  const [low, high] = interval ? [number(interval.low), number(interval.high)] : [];
  return low === high ? number(value) : `${number(value)} [${low}, ${high}]`;
}

// How many times worse than the best each figure is, among scenarios that differ only in transport
// and client.

const FREE = new Set(["transport", "client"]);
/** From this factor on, a cell has the full tint. */
const WORST = 4;

/**
 * @param {import("./run.js").Series[]} series
 * @param {string} name of a figure
 * @returns {(number | undefined)[]} 1 for the best; undefined where there is nothing to compare
 */
export function factorsOf(series, name) {
  const values = series.map(({ scenario, figures }) =>
    // The limit only writes, so it is not a competitor.
    scenario.server === "limit"
      ? undefined
      : figures.find((figure) => figure.name === name)?.estimate.value,
  );
  const groups = series.map(({ scenario }) => groupOf(scenario));
  const isMore = name.startsWith("operations");
  return values.map((value, index) => {
    const rivals = values.filter(
      (other, at) => other !== undefined && groups[at] === groups[index],
    );
    const known = /** @type {number[]} */ (rivals);
    if (value === undefined || known.length < 2 || !Math.max(...known)) return undefined;
    const best = isMore ? Math.max(...known) : Math.min(...known);
    if (value === best) return 1;
    // Nothing is a number of times worse than 0.
    const factor = isMore ? best / value : value / best;
    return Number.isFinite(factor) ? factor : undefined;
  });
}

/** @param {import("./run.js").Scenario} scenario */
const groupOf = (scenario) =>
  CHOICES.filter(([name]) => !FREE.has(name))
    .map(([, describe]) => describe(scenario))
    .join("\n");

/** The share of the tint, in percent. @param {number} factor */
export const heatOf = (factor) =>
  Math.round(100 * Math.min(1, Math.log(factor) / Math.log(WORST)));
