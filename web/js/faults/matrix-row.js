// One row of the matrix: its buttons, the guess, and a cell with the outcome for each client. Signs
// and colours repeat what the words say.

import { GUESSES } from "./guesses.js";
import { find, show } from "../ui/dom.js";
import { NAMES, seconds } from "../ui/format.js";

const VERDICTS = {
  whole: { sign: "✓", word: "unharmed" },
  late: { sign: "↻", word: "late, complete" },
  behind: { sign: "⋯", word: "behind" },
  lost: { sign: "✕", word: "lost some" },
  dead: { sign: "■", word: "stopped for good" },
};
// Shorter times would be shown as 0.0 s.
const AT_ONCE_MS = 50;
const SHORT = {
  "": "who loses?",
  none: "no client",
  longpoll: "polling",
  sse: "events",
  ws: "WebSocket",
};
const NEVER_OPEN = { sign: "–", word: "did not open" };

/** @param {HTMLTableRowElement} row */
export function matrixRow(row) {
  const cells = [...row.querySelectorAll("td")];
  const title = find(row, "b").textContent;
  const guess = find(row, ".scenario-actions").appendChild(guessing(title));
  const judgement = find(row, ".scenario-actions").appendChild(document.createElement("output"));
  return {
    title,
    guess,
    breakNow: find(row, '[data-action="break-now"]'),
    measureNow: find(row, '[data-action="measure"]'),
    /** @param {string} text the result of the guess */
    judged: (text) => show(judgement, text),
    clear: () => cells.forEach((cell) => cell.replaceChildren("…")),
    /** @param {import("./measurement.js").Result[]} results in the order of the columns */
    fill: (results) => results.forEach((result, index) => fill(cells[index], result)),
  };
}

function guessing(title) {
  const select = Object.assign(document.createElement("select"), {
    ariaLabel: `Who loses messages? ${title}`,
  });
  select.append(...GUESSES.map((lanes) => new Option(named(lanes), lanes)));
  return select;
}

/** @param {string} guess */
function named(guess) {
  const lanes = guess.split(" ").map((lane) => SHORT[lane]);
  return lanes.length === 3 ? "all three" : lanes.join(" and ");
}

function fill(cell, { lane, kind, outcome }) {
  // In the card layout each cell names its column.
  cell.dataset.label = `${NAMES[lane]}, ${kind}`;
  const { sign, word } = outcome ? VERDICTS[outcome.verdict] : NEVER_OPEN;
  cell.dataset.verdict = outcome?.verdict ?? "";
  cell.replaceChildren(line("verdict", `${sign} ${word}`), ...(outcome ? facts(outcome) : []));
}

/** @param {import("./outcome.js").Outcome} outcome */
function facts({ verdict, published, missing, duplicates, detected, recovered, slowest, catchUp }) {
  const lacking =
    verdict === "behind"
      ? `${missing} of ${published} to come, about ${Math.ceil(catchUp / 1000)} s`
      : missing && `${missing} of ${published} missing`;
  const counts = [lacking, duplicates && `${duplicates} duplicates`].filter(Boolean).join(", ");
  const times = [
    detected !== undefined && `noticed ${within(detected)}`,
    recovered !== undefined && `back ${within(recovered)}`,
  ];
  // With missing messages, the slowest of the others says little.
  const longest = !missing && slowest !== undefined && `slowest ${seconds(slowest)}`;
  return [counts, ...times, longest].filter(Boolean).map((text) => line("fact", text));
}

const within = (ms) => (ms < AT_ONCE_MS ? "at once" : seconds(ms));

function line(name, text) {
  const node = document.createElement("span");
  Object.assign(node, { className: name, textContent: text });
  return node;
}
