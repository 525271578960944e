// Two runs side by side, as one table for each experiment.

import { compareRuns, differences, ratio } from "./compare.js";
import { byExperiment, choicesOf, headingOf, listed } from "./tables.js";
import { lengthOf, titleOf, withInterval } from "./labels.js";

/** @typedef {import("./run.js").Run} Run */

/** @param {Run} first @param {Run} second @returns {import("./tables.js").Section[]} */
export const comparisonOf = (first, second) =>
  byExperiment(compareRuns(first, second), ({ scenario }) => scenario).map(([title, rows]) =>
    section(title, rows),
  );

/**
 * @param {string} title
 * @param {import("./compare.js").Row[]} all
 * @returns {import("./tables.js").Section}
 */
function section(title, all) {
  const { choices, same } = choicesOf(all.map(({ scenario }) => scenario));
  const lengths = [
    listed(all.map(({ scenario }) => lengthOf(scenario))),
    listed(all.map(({ other }) => lengthOf(other))),
  ];
  const row = ({ scenario, figure, unit, first, second, outcome }) => [
    ...choices.map(([, describe]) => describe(scenario)),
    headingOf(figure, unit),
    withInterval(first),
    withInterval(second),
    ratioIn(second, first),
    outcome,
  ];
  return {
    title: titleOf(title),
    conditions: [...same, `measured for: ${lengths.join(" against ")}`].join(" · "),
    headings: [...choices.map(([name]) => name), "figure", "first", "second", "ratio", "first is"],
    rows: all.map(row),
    wordColumns: choices.length + 1,
  };
}

/**
 * @param {import("./bootstrap.js").Estimate} second
 * @param {import("./bootstrap.js").Estimate} first
 */
function ratioIn(second, first) {
  const found = ratio(second, first);
  return found ? withInterval(found) : "–";
}

/**
 * Explains why there is nothing to compare.
 * @param {Run} first
 * @param {Run} second
 * @returns {string} why there is nothing to compare
 */
export function nothingInCommon(first, second) {
  const parts = differences(first, second);
  return (
    `The two runs have no scenario in ` +
    `common.${parts.length ? ` The nearest two differ in ${parts.join(", ")}.` : ""}`
  );
}
