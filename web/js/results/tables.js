// A run as one table per experiment, as `cargo lab report` shows it: the conditions that all
// scenarios share, then what distinguishes each, with its figures.

import { comparePaired } from "./compare.js";
import { CHOICES, askedBy, factorsOf, lengthOf, titleOf, withInterval } from "./labels.js";
import { latencies, TOO_FEW } from "./figures.js";

/**
 * @typedef {import("./run.js").Series} Series
 * @typedef {{ heading: string, text: (one: Series) => string, factors?: (number | undefined)[] }}
 *   Column
 * @typedef {object} Section
 * @property {string} title  the experiment
 * @property {string} conditions  what all its rows have in common
 * @property {string[]} headings
 * @property {string[][]} rows
 * @property {number} wordColumns  number of leading columns with words instead of figures
 * @property {(number | undefined)[][]} [factors]  how many times worse than the best, for each cell
 */

const PER_CPU = "operations per CPU-second";
const SHOWN = [
  "p50",
  "p90",
  "p99",
  "p99.9",
  "max",
  "lost",
  "bytes up",
  "bytes down",
  "requests",
  "connections",
];
// Idle connections have no deliveries, only memory.
const OF_IDLE = ["memory", "kernel memory"];
const OF_QUIET = ["wake-ups", "packets with data", "traffic"];

/** @param {import("./run.js").Run} run @returns {Section[]} */
export const sectionsOf = ({ series }) =>
  byExperiment(series, ({ scenario }) => scenario).map(([title, group]) => section(title, group));

/**
 * @template T
 * @param {T[]} all
 * @param {(one: T) => import("./run.js").Scenario} scenarioOf
 * @returns {[string, T[]][]} in order of first appearance
 */
export function byExperiment(all, scenarioOf) {
  const names = [...new Set(all.map((one) => scenarioOf(one).experiment))];
  return names.map((name) => [name, all.filter((one) => scenarioOf(one).experiment === name)]);
}

/**
 * @param {import("./run.js").Scenario[]} scenarios of one experiment
 * @returns {{ choices: typeof CHOICES, same: string[] }} what distinguishes them, and what does
 *   not, in words
 */
export function choicesOf(scenarios) {
  const varies = (/** @type {typeof CHOICES[number]} */ [name, describe]) =>
    new Set(scenarios.map(describe)).size > 1 || name === "transport";
  const same = CHOICES.filter((choice) => !varies(choice)).map(
    ([name, describe]) => `${name}: ${describe(scenarios[0])}`,
  );
  return { choices: CHOICES.filter(varies), same };
}

/** @param {string} title @param {Series[]} series @returns {Section} */
function section(title, series) {
  const scenarios = series.map(({ scenario }) => scenario);
  const { choices, same } = choicesOf(scenarios);
  /** @type {Column[]} */
  const columns = [...columnsOf(series), ...shareOf(series)];
  return {
    title: titleOf(title),
    conditions: [
      ...same,
      `measured for: ${listed(scenarios.map(lengthOf))}`,
      repetitionsOf(series),
    ].join(" · "),
    headings: [...choices.map(([name]) => name), "n", ...columns.map(({ heading }) => heading)],
    rows: series.map((one) => [
      ...choices.map(([, describe]) => describe(one.scenario)),
      count(one).toLocaleString("en"),
      ...columns.map(({ text }) => text(one)),
    ]),
    factors: series.map((_, index) => [
      ...choices.map(() => undefined),
      undefined,
      ...columns.map(({ factors }) => factors?.[index]),
    ]),
    wordColumns: choices.length,
  };
}

/** Returns the columns for the figures that any of them has. @param {Series[]} series */
function columnsOf(series) {
  const known = new Map(
    series.flatMap(({ figures }) =>
      figures.map(({ name, unit }) => /** @type {[string, string]} */ ([name, unit])),
    ),
  );
  return namesFor(series.map(({ scenario }) => scenario))
    .filter((name) => known.has(name))
    .map((name) => ({
      heading: headingOf(name, known.get(name)),
      text: (/** @type {Series} */ one) => figure(one, name),
      factors: factorsOf(series, name),
    }));
}

/** @param {import("./run.js").Scenario[]} scenarios */
function namesFor(scenarios) {
  if (scenarios.every(({ measures }) => measures === "idle")) return OF_IDLE;
  if (scenarios.every(({ measures }) => measures === "quiet")) return OF_QUIET;
  // A server behind a slow link needs too little CPU for its clock to measure.
  return scenarios.every(({ link }) => link.delay_ms) ? SHOWN : [PER_CPU, ...SHOWN];
}

/** @param {string} name @param {string} [unit] */
export const headingOf = (name, unit) => (unit ? `${name}, ${unit}` : name);

/** @param {Series} series @param {string} name */
function figure(series, name) {
  const found = series.figures.find((figure) => figure.name === name);
  if (found) return withInterval(found.estimate);
  return name.startsWith("p") && count(series) ? TOO_FEW : "–";
}

/** Returns the number of samples. @param {Pick<Series, "repetitions">} series */
export const count = ({ repetitions }) =>
  latencies(repetitions).count || repetitions.reduce((sum, { operations }) => sum + operations, 0);

/**
 * Returns the share of the limit: operations per CPU-second relative to a server that only writes.
 * @param {Series[]} series
 */
function shareOf(series) {
  const limits = new Map(
    series
      .filter(({ scenario }) => scenario.server === "limit")
      .map((one) => [askedBy(one.scenario), one]),
  );
  const limitOf = (/** @type {Series} */ { scenario }) =>
    scenario.server === "limit" ? undefined : limits.get(askedBy({ ...scenario, server: "limit" }));
  const text = (/** @type {Series} */ one) => {
    const limit = limitOf(one);
    return limit ? shareIn(one.repetitions, limit.repetitions) : "–";
  };
  return series.some(limitOf) ? [{ heading: "share of the limit", text }] : [];
}

// The kernel counts CPU time in ticks of 10 ms. With fewer, a share is a matter of rounding.
const TICKS = 20;
const TICK_SECONDS = 0.01;

/** @param {Series["repetitions"]} ours @param {Series["repetitions"]} limits */
function shareIn(ours, limits) {
  const seconds = [ours, limits].map((repetitions) =>
    repetitions.reduce((sum, { server_cpu_seconds }) => sum + (server_cpu_seconds ?? 0), 0),
  );
  if (Math.min(...seconds) < TICKS * TICK_SECONDS) return TOO_FEW;
  const share = comparePaired(PER_CPU, ours, limits)?.ratio;
  return share ? withInterval(share) : "–";
}

/** @param {string[]} texts */
export const listed = (texts) => [...new Set(texts)].join(", ");

/** @param {Series[]} series */
export function repetitionsOf(series) {
  const counts = series.map(({ repetitions }) => repetitions.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return "1 repetition";
  return `${least === most ? most : `${least} to ${most}`} repetitions`;
}
