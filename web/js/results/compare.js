// Compares figures. Repetitions of one run are paired: each round has all scenarios. Two runs were
// made at different times; there the interval of the difference follows from the two intervals
// (MOVER: Zou and Donner, "Construction of confidence limits about effect measures", 2008).

import { bootstrap } from "./bootstrap.js";
import { estimate, metricNamed } from "./figures.js";
import { askedBy, CHOICES } from "./labels.js";

// A smaller share of the second value counts as no difference.
const SHARE = 0.05;

/** @type {typeof CHOICES[number]} */
const EXPERIMENT = ["experiment", ({ experiment }) => experiment];

/** @typedef {import("./bootstrap.js").Estimate} Estimate */
/** @typedef {import("./run.js").Scenario} Scenario */

/**
 * @param {Estimate} first
 * @param {Estimate} second
 * @returns {Estimate} the first minus the second; without interval unless both have one
 */
export function difference(first, second) {
  const value = first.value - second.value;
  if (!first.interval || !second.interval) return { value };
  const below = Math.hypot(first.value - first.interval.low, second.interval.high - second.value);
  const above = Math.hypot(first.interval.high - first.value, second.value - second.interval.low);
  return { value, interval: { low: value - below, high: value + above } };
}

/**
 * @param {Estimate} above
 * @param {Estimate} below
 * @returns {Estimate | undefined} by the same method on a logarithmic scale; undefined where it is
 *   not finite
 */
export function ratio(above, below) {
  const value = above.value / below.value;
  if (!Number.isFinite(value)) return undefined;
  if (!above.interval || !below.interval) return { value };
  const reach = (/** @type {number} */ one, /** @type {number} */ other) =>
    Math.hypot(Math.log(one), Math.log(other));
  const low =
    value * Math.exp(-reach(above.value / above.interval.low, below.interval.high / below.value));
  const high =
    value * Math.exp(reach(above.interval.high / above.value, below.value / below.interval.low));
  return Number.isFinite(low) && Number.isFinite(high)
    ? { value, interval: { low, high } }
    : { value };
}

/**
 * @param {string} name of a figure
 * @param {Estimate} first
 * @param {Estimate} second
 * @returns {"less" | "more" | "no measurable difference" | "measured once"}
 */
export function outcome(name, first, second) {
  const between = difference(first, second);
  if (!between.interval) return "measured once";
  const found = outcomeOf(between, name, second.value);
  return found === "same" ? "no measurable difference" : found;
}

/**
 * A difference must be clear, and large enough to matter.
 * @param {Estimate} difference
 * @param {string} name of the figure
 * @param {number} second of the two values
 * @returns {"less" | "more" | "same"}
 */
function outcomeOf({ value, interval }, name, second) {
  const floor = Math.max(metricNamed(name).floor, SHARE * Math.abs(second));
  const isClear = interval && (interval.low > 0 || interval.high < 0) && Math.abs(value) > floor;
  if (!isClear) return "same";
  return value < 0 ? "less" : "more";
}

/** @typedef {import("./figures.js").Repetition} Repetition */

/**
 * Compares a figure of two scenarios of one run.
 * @param {string} name of a figure
 * @param {Repetition[]} first
 * @param {Repetition[]} second
 * @returns {{ outcome: "less" | "more" | "same", ratio: Estimate } | undefined} undefined where it
 *   was not measured
 */
export function comparePaired(name, first, second) {
  const metric = metricNamed(name);
  if ([first, second].some((repetitions) => typeof estimate(metric, repetitions) !== "object"))
    return undefined;
  const pairs = first.slice(0, second.length).map((one, at) => [one, second[at]]);
  /** @param {(one: number, other: number) => number | undefined} combine */
  const both = (combine) =>
    bootstrap(pairs, (drawn) => {
      const [one, other] = [0, 1].map((side) => metric.of(drawn.map((pair) => pair[side])));
      return one === undefined || other === undefined ? undefined : combine(one, other);
    });
  const [between, ratio] = [
    both((one, other) => one - other),
    both((one, other) => (other ? one / other : undefined)),
  ];
  const base = metric.of(pairs.map(([, other]) => other));
  return (
    between && ratio && { outcome: outcomeOf(between, name, /** @type {number} */ (base)), ratio }
  );
}

/**
 * @typedef {{ scenario: Scenario, other: Scenario, figure: string, unit: string, first: Estimate,
 *   second: Estimate, outcome: string }} Row
 * @param {import("./run.js").Run} first
 * @param {import("./run.js").Run} second
 * @returns {Row[]} for the scenarios that are in both, whatever their duration
 */
export function compareRuns(first, second) {
  const others = new Map(second.series.map((series) => [askedBy(series.scenario), series]));
  return first.series.flatMap((series) => rows(series, others.get(askedBy(series.scenario))));
}

/**
 * @param {import("./run.js").Series} first
 * @param {import("./run.js").Series} [second]
 * @returns {Row[]}
 */
function rows(first, second) {
  if (!second) return [];
  const others = new Map(second.figures.map(({ name, estimate }) => [name, estimate]));
  return first.figures.flatMap(({ name, unit, estimate }) => {
    const other = others.get(name);
    if (!other) return [];
    return {
      scenario: first.scenario,
      other: second.scenario,
      figure: name,
      unit,
      first: estimate,
      second: other,
      outcome: outcome(name, estimate, other),
    };
  });
}

/**
 * @param {import("./run.js").Run} first
 * @param {import("./run.js").Run} second
 * @returns {string[]} the differences between the two most similar scenarios; empty if a run has
 *   none
 */
export function differences(first, second) {
  const all = first.series.flatMap(({ scenario }) =>
    second.series.map((other) => parts(scenario, other.scenario)),
  );
  return all.sort((a, b) => a.length - b.length)[0] ?? [];
}


/** @param {Scenario} one @param {Scenario} other */
function parts(one, other) {
  const choices = [EXPERIMENT, ...CHOICES].map(([name, describe]) => [
    name,
    describe(one),
    describe(other),
  ]);
  return choices
    .filter(([, here, there]) => here !== there)
    .map(([name, here, there]) => `${name} (${here}, ${there})`);
}
