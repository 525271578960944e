// Compares a figure of two runs. The runs were made at different times, so their repetitions are
// not paired; the interval of the difference follows from the two intervals (MOVER: Zou and Donner,
// "Construction of confidence limits about effect measures", 2008).

import { metricNamed } from "./figures.js";
import { askedBy, CHOICES } from "./labels.js";

// A smaller share of the second value counts as no difference.
const SHARE = 0.05;

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
 * @param {string} name of a figure
 * @param {Estimate} first
 * @param {Estimate} second
 * @returns {"less" | "more" | "no measurable difference" | "measured once"}
 */
export function outcome(name, first, second) {
  const { value, interval } = difference(first, second);
  if (!interval) return "measured once";
  const floor = Math.max(metricNamed(name).floor, SHARE * Math.abs(second.value));
  const isClear = (interval.low > 0 || interval.high < 0) && Math.abs(value) > floor;
  if (!isClear) return "no measurable difference";
  return value < 0 ? "less" : "more";
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

function rows(first, second) {
  const others = new Map(second?.figures.map(({ name, estimate }) => [name, estimate]));
  return first.figures
    .filter(({ name }) => others.has(name))
    .map(({ name, unit, estimate }) => {
      const other = /** @type {Estimate} */ (others.get(name));
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
  const choices = [["experiment", ({ experiment }) => experiment], ...CHOICES].map(
    ([name, describe]) => [name, describe(one), describe(other)],
  );
  return choices
    .filter(([, here, there]) => here !== there)
    .map(([name, here, there]) => `${name} (${here}, ${there})`);
}
