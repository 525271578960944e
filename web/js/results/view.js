// Runs as tables with their environment: one alone, or two side by side.

import { comparisonOf, nothingInCommon } from "./comparison-tables.js";
import { sectionsOf } from "./tables.js";
import { environmentOf } from "./flat-table.js";
import { enableCardLayout } from "../ui/card-tables.js";
import { cell, cloneTemplate, find, row, show } from "../ui/dom.js";

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
    caption:
      `The results of this page are the first run. ${both.caption} The run from the ` +
      `file follows.`,
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
function table({ title, conditions, headings, rows, wordColumns }) {
  const part = cloneTemplate("report-table");
  show(find(part, "h3"), title);
  show(find(part, "p"), conditions);
  find(part, ".scroll").setAttribute("aria-label", `Figures: ${title}`);
  const table = find(part, "table");
  const words = (nodes) =>
    nodes.map((node, index) => (node.classList.toggle("words", index < wordColumns), node));
  table.tHead.append(row(words(headings.map((text) => cell(text, "col")))));
  table.tBodies[0].append(...rows.map((texts) => row(words(texts.map((text) => cell(text))))));
  enableCardLayout(table);
  return part;
}

function facts([name, values]) {
  const div = document.createElement("div");
  const items = values.map((value) =>
    Object.assign(document.createElement("dd"), { textContent: value }),
  );
  div.append(Object.assign(document.createElement("dt"), { textContent: name }), ...items);
  return div;
}
