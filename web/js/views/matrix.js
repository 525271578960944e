// One row of the matrix: its buttons, and a cell for what a breakage did to each client. The words say it, the sign and the
// colour only repeat it.

import { find } from "./dom.js";
import { NAMES, seconds } from "./format.js";

const VERDICTS = {
  whole: { sign: "✓", word: "unharmed" },
  late: { sign: "↻", word: "late, whole" },
  lost: { sign: "✕", word: "lost some" },
  dead: { sign: "■", word: "never back" },
};
// What would be written as no seconds at all.
const AT_ONCE_MS = 50;
const NEVER_OPEN = { sign: "–", word: "did not open" };

/** @param {HTMLTableRowElement} row */
export function matrixRow(row) {
  const cells = [...row.querySelectorAll("td")];
  return {
    title: find(row, "b").textContent,
    breakNow: find(row, '[data-action="break-now"]'),
    measureNow: find(row, '[data-action="measure"]'),
    clear: () => cells.forEach((cell) => cell.replaceChildren("…")),
    /** @param {import("../breakage/run.js").Result[]} results in the order of the columns */
    fill: (results) => results.forEach((result, index) => fill(cells[index], result)),
  };
}

function fill(cell, { lane, kind, outcome }) {
  // Where columns do not fit, each cell says what it is about.
  cell.dataset.label = `${NAMES[lane]}, ${kind}`;
  const { sign, word } = outcome ? VERDICTS[outcome.verdict] : NEVER_OPEN;
  cell.dataset.verdict = outcome?.verdict ?? "";
  cell.replaceChildren(line("verdict", `${sign} ${word}`), ...(outcome ? facts(outcome) : []));
}

/** @param {import("../breakage/outcome.js").Outcome} outcome */
function facts({ missing, duplicates, detected, recovered, slowest }) {
  const counts = [missing && `${missing} missing`, duplicates && `${duplicates} twice`];
  const times = [detected !== undefined && `noticed ${within(detected)}`, recovered !== undefined && `back ${within(recovered)}`];
  const longest = [slowest !== undefined && `slowest ${seconds(slowest)}`];
  return [counts, times, longest].map((parts) => parts.filter(Boolean).join(", ")).filter(Boolean).map((text) => line("fact", text));
}

const within = (ms) => (ms < AT_ONCE_MS ? "at once" : seconds(ms));

function line(name, text) {
  const node = document.createElement("span");
  Object.assign(node, { className: name, textContent: text });
  return node;
}
