// A run as one table of plain texts, for programs: a row for each series, with its scenario and all
// figures.

import { count, headingOf } from "./tables.js";
import { CHOICES, lengthOf, withInterval } from "./labels.js";

/**
 * Returns the headings, then the rows.
 * @param {import("./run.js").Run} run
 * @returns {string[][]} headings, then rows
 */
export function wholeTable({ series }) {
  const units = new Map(
    series.flatMap(({ figures }) => figures.map(({ name, unit }) => [name, unit])),
  );
  const headings = [
    "experiment",
    ...CHOICES.map(([name]) => name),
    "measured for",
    "n",
    ...[...units].map(([name, unit]) => headingOf(name, unit)),
  ];
  const row = ({ scenario, repetitions, figures }) => {
    const found = new Map(figures.map(({ name, estimate }) => [name, withInterval(estimate)]));
    return [
      scenario.experiment,
      ...CHOICES.map(([, describe]) => describe(scenario)),
      lengthOf(scenario),
      String(count({ repetitions })),
      ...[...units.keys()].map((name) => found.get(name) ?? "–"),
    ];
  };
  return [headings, ...series.map(row)];
}

/**
 * Returns the environment, without which no figure has a meaning.
 * @param {import("./run.js").Run} run
 * @returns {[string, string[]][]} what a figure is worth nothing without
 */
export function environmentOf({ environment: at, warnings }) {
  const commit = at.commit ? `${at.commit}${at.dirty ? ", with changes" : ""}` : "unknown";
  const load =
    at.load_average === undefined || at.load_average === null ? "unknown" : String(at.load_average);
  /** @type {[string, string[]][]} */
  const facts = [
    ["Date", [at.date]],
    ["Processor", [`${at.cpu}, ${at.cores} cores`]],
    ["Kernel", [at.kernel]],
    ["Load average at the start", [load]],
    ["Commit", [commit]],
    ["Compiler", [`${at.rustc}${at.optimised ? "" : ", not optimised"}`]],
    ["Command", [at.command.join(" ")]],
    ["Warning", warnings],
  ];
  return facts.filter(([, values]) => values.length);
}
