// Runs as tables with their environment: one alone, or two side by side.

import { heatOf, lengthOf, number, titleOf, withInterval } from "./labels.js";
import { byExperiment, choicesOf, headingOf, listed, sectionsOf } from "./tables.js";
import { environmentOf } from "./export.js";
import { cell, cloneTemplate, enableCardLayout, find, row, show } from "../ui/dom.js";
import { compareRuns, differences, ratio } from "./compare.js";

/** @typedef {import("./run.js").Run} Run */

/**
 * Compares two files, or one file with the results of this page.
 * @param {HTMLElement} root
 * @param {Run} own
 * @param {Run[]} files at most two
 */
export function drawReport(root, own, files) {
  const { caption, sections, runs } =
    files.length === 2 ? comparison(files[0], files[1]) : besides(own, files[0]);
  show(find(root, '[data-field="caption"]'), caption);
  find(root, '[data-field="tables"]').replaceChildren(...sections.map(table));
  find(root, '[data-field="environment"]').replaceChildren(
    ...runs.flatMap(environmentOf).map(facts),
  );
}

/** @param {Run} own @param {Run} [file] */
function besides(own, file) {
  if (!own.series.length) return single(file);
  if (!file) return single(own);
  const [both, alone] = [comparison(own, file), single(file)];
  return {
    caption: `${both.caption} The first is this page’s. The tables of the file follow.`,
    sections: [...both.sections, ...alone.sections],
    runs: both.runs,
  };
}

/** @param {Run} [run] */
function single(run) {
  if (!run?.series.length)
    return { caption: "Nothing has been measured here yet.", sections: [], runs: [] };
  const caption =
    `Measured on ${run.environment.date.slice(0, 10)}; [lower, upper] is a 95 % ` +
    `confidence interval over repetitions.`;
  return { caption, sections: sectionsOf(run), runs: [run] };
}

/** @param {Run} first @param {Run} second */
function comparison(first, second) {
  const sections = comparisonOf(first, second);
  const [one, other] = [first, second].map(({ environment: { date } }) => date);
  const caption = sections.length
    ? `The run of ${one} compared with the run of ${other}.`
    : nothingInCommon(first, second);
  return { caption, sections, runs: [first, second] };
}

/** @param {import("./tables.js").Section} section */
export function table({ title, conditions, headings, rows, wordColumns, factors }) {
  const part = cloneTemplate("report-table");
  show(find(part, "h3"), title);
  show(find(part, "p"), conditions);
  find(part, ".scroll").setAttribute("aria-label", `Figures: ${title}`);
  const table = find(part, "table");
  const words = (/** @type {HTMLTableCellElement[]} */ nodes) =>
    nodes.map((node, index) => (node.classList.toggle("words", index < wordColumns), node));
  table.tHead.append(row(words(headings.map((text) => cell(text, "col")))));
  table.tBodies[0].append(...rows.map((texts) => row(words(texts.map((text) => cell(text))))));
  enableCardLayout(table);
  factors?.forEach((line, at) =>
    line.forEach((factor, index) => factor && tint(table.tBodies[0].rows[at].cells[index], factor)),
  );
  return part;
}

/**
 * Adds the factor to the best, as a number and as a tint.
 * @param {HTMLElement} node @param {number} factor
 */
function tint(node, factor) {
  node.classList.add("heat");
  node.style.setProperty("--heat", `${heatOf(factor)}%`);
  const text = factor === 1 ? "best" : `×${number(factor)}`;
  node.append(" ", Object.assign(document.createElement("small"), { textContent: text }));
}

/** @param {[string, string[]]} fact */
function facts([name, values]) {
  const div = document.createElement("div");
  const items = values.map((value) =>
    Object.assign(document.createElement("dd"), { textContent: value }),
  );
  div.append(Object.assign(document.createElement("dt"), { textContent: name }), ...items);
  return div;
}

// Two runs side by side, as one table for each experiment.

/** What the outcome of the first says about the second. */
/** @type {Record<string, string>} */
const CHANGES = { less: "more", more: "less" };

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
  /** @param {import("./compare.js").Row} compared */
  const row = ({ scenario, figure, unit, first, second, outcome }) => [
    ...choices.map(([, describe]) => describe(scenario)),
    headingOf(figure, unit),
    withInterval(first),
    withInterval(second),
    ratioIn(second, first),
    CHANGES[outcome] ?? outcome,
  ];
  return {
    title: titleOf(title),
    conditions: [...same, `measured for: ${lengths.join(" against ")}`].join(" · "),
    headings: [...choices.map(([name]) => name), "figure", "first", "second", "ratio", "change"],
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
