// A row of the matrix, and the guesses about it.

import { cloneTemplate, find, show } from "../ui/dom.js";
import { NAMES } from "../ui/format.js";
import { inWords } from "./outcome.js";

// One row of the matrix: its buttons, the guess, and a cell with the outcome for each client.

/** @param {HTMLTableRowElement} row */
export function matrixRow(row) {
  const cells = [...row.querySelectorAll("td")];
  const title = find(row, "b").textContent;
  find(row, ".scenario-actions").append(cloneTemplate("guess"));
  const [guess, judgement] = [find(row, "select"), find(row, "output")];
  guess.ariaLabel = `Who loses messages? ${title}`;
  return {
    title,
    guess,
    breakNow: find(row, '[data-action="break-now"]'),
    measureNow: find(row, '[data-action="measure"]'),
    /** @param {string} text the result of the guess */
    judged: (text) => show(judgement, text),
    clear: () => cells.forEach((cell) => cell.replaceChildren("…")),
    /** @param {ReturnType<typeof import("./results.js").combine>} results by column */
    fill: (results) => results.forEach((result, index) => fill(cells[index], result)),
  };
}

/**
 * @param {HTMLTableCellElement} cell
 * @param {ReturnType<typeof import("./results.js").combine>[number]} result
 */
function fill(cell, { lane, kind, outcome }) {
  // In the card layout each cell names its column.
  cell.dataset.label = `${NAMES[lane]}, ${kind}`;
  const { verdict, text, facts } = inWords(outcome);
  cell.dataset.verdict = verdict;
  cell.replaceChildren(line("verdict", text), ...facts.map((fact) => line("fact", fact)));
}

/** @param {string} name @param {string} text */
function line(name, text) {
  const node = document.createElement("span");
  Object.assign(node, { className: name, textContent: text });
  return node;
}

// The visitor's guesses: which naive clients will lose messages. Judged after the measurement.

export class Guesses {
  /**
   * @type {Map<string, { right: number, of: number }>} by scenario; a new guess replaces the old
   *   one
   */
  #judged = new Map();

  /**
   * @param {string} scenario
   * @param {string} guess the lanes that lose messages, separated by spaces, or `none`
   * @param {import("./measurement.js").Result[]} results
   * @returns {{ right: number, of: number }} over the lanes whose naive client opened
   */
  judge(scenario, guess, results) {
    const naive = results.filter(({ kind, outcome }) => kind === "naive" && outcome);
    const right = naive.filter(
      ({ lane, outcome }) =>
        outcome && guess.split(" ").includes(lane) === losesMessages(outcome),
    ).length;
    this.#judged.set(scenario, { right, of: naive.length });
    return { right, of: naive.length };
  }

  get tally() {
    const all = [...this.#judged.values()];
    return { right: sum(all.map(({ right }) => right)), of: sum(all.map(({ of }) => of)) };
  }
}

/** @param {import("./outcome.js").Outcome} outcome */
export const losesMessages = ({ missing, verdict }) => missing > 0 && verdict !== "behind";

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
