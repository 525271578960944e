// One run as a table with its environment, or two beside each other.

import { compareRuns } from "../bench/compare.js";
import { nameOf } from "../bench/run.js";
import { environmentOf, HEADINGS, rowsOf, withInterval } from "../bench/table.js";
import { asCards } from "./cards.js";
import { cell, find, row, show } from "./dom.js";

const COMPARED = ["Experiment", "Transport", "Conditions", "Figure", "First", "Second", "First is"];

/** @param {HTMLElement} root @param {import("../bench/run.js").Run} first @param {import("../bench/run.js").Run} [second] */
export function drawReport(root, first, second) {
  const { caption, headings, rows, environment } = second ? comparison(first, second) : single(first);
  show(find(root, '[data-field="caption"]'), caption);
  drawTable(find(root, '[data-field="table"]'), rows.length ? headings : [], rows);
  find(root, '[data-field="environment"]').replaceChildren(...environment.map(pair));
}

/** @param {import("../bench/run.js").Run} run */
function single(run) {
  if (!run.series.length) return { caption: "Nothing was measured here yet.", headings: [], rows: [], environment: [] };
  const caption = `Measured on ${run.environment.date.slice(0, 10)}; [lower, upper] is a 95 % interval over repetitions.`;
  return { caption, headings: HEADINGS, rows: rowsOf(run), environment: environmentOf(run) };
}

function comparison(first, second) {
  const rows = compareRuns(first, second).map(({ scenario, figure, unit, first, second, outcome }) => {
    const { experiment, who, how } = nameOf(scenario);
    return [experiment, who, how, `${figure}${unit && `, ${unit}`}`, withInterval(first), withInterval(second), outcome];
  });
  const dates = [first, second].map(({ environment: { date } }) => date);
  const caption = rows.length ? `The run of ${dates[0]} against that of ${dates[1]}.` : "The two runs have no scenario in common.";
  return { caption, headings: COMPARED, rows, environment: [...environmentOf(first), ...environmentOf(second)] };
}

function drawTable(table, headings, rows) {
  const head = headings.length ? [row(headings.map((text) => cell(text, "col")))] : [];
  table.tHead.replaceChildren(...head);
  table.tBodies[0].replaceChildren(...rows.map((texts) => row(texts.map((text) => cell(text)))));
  asCards(table);
}

function pair([name, value]) {
  const div = document.createElement("div");
  div.append(Object.assign(document.createElement("dt"), { textContent: name }), Object.assign(document.createElement("dd"), { textContent: value }));
  return div;
}
