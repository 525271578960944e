// The percentile table of a run, as plain texts: the page, Markdown and CSV show the same.

import { MEASURES, TOO_FEW, latencies } from "./figures.js";
import { nameOf } from "./run.js";

const SHOWN = ["p50", "p90", "p99", "p99.9", "max", "lost", "bytes up", "bytes down", "requests", "connections"];
const UNITS = new Map(MEASURES.map(({ name, unit }) => [name, unit]));

export const HEADINGS = ["Experiment", "Transport", "Conditions", "n", ...SHOWN.map((name) => `${name}, ${UNITS.get(name)}`)];

/** @param {import("./run.js").Run} run @returns {string[][]} a row for each series, under the headings */
export const rowsOf = ({ series }) => series.map(row);

function row({ scenario, repetitions, figures }) {
  const { experiment, who, how } = nameOf(scenario);
  const count = latencies(repetitions).count || repetitions.reduce((sum, { operations }) => sum + operations, 0);
  const found = new Map(figures.map(({ name, estimate }) => [name, estimate]));
  return [experiment, who, how, String(count), ...SHOWN.map((name) => text(found.get(name), name, count))];
}

function text(estimate, name, count) {
  if (estimate) return withInterval(estimate);
  return name.startsWith("p") && count ? TOO_FEW : "–";
}

/** @param {import("./bootstrap.js").Estimate} estimate */
export function withInterval({ value, interval }) {
  const [low, high] = interval ? [number(interval.low), number(interval.high)] : [];
  return low === high ? number(value) : `${number(value)} [${low}, ${high}]`;
}

/** Three significant digits: more is noise, in whatever a page measures. @param {number} value */
export function number(value) {
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  return rounded.toFixed(size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** @param {import("./run.js").Run} run @returns {[string, string][]} what a figure is worth nothing without */
export function environmentOf({ environment: at, warnings }) {
  const commit = at.commit ? `${at.commit}${at.dirty ? ", with changes" : ""}` : "unknown";
  const load = at.load_average === undefined || at.load_average === null ? "unknown" : String(at.load_average);
  return [
    ["Date", at.date],
    ["Processor", `${at.cpu}, ${at.cores} cores`],
    ["Kernel", at.kernel],
    ["Load average at the start", load],
    ["Commit", commit],
    ["Compiler", `${at.rustc}${at.optimised ? "" : ", not optimised"}`],
    ["Command", at.command.join(" ")],
    ...warnings.map((warning) => /** @type {[string, string]} */ (["Warning", warning])),
  ];
}
