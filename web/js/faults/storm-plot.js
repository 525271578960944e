// The two histograms of a storm on one scale, and as a table.

import { STEP_MS, STEPS } from "./storm-histogram.js";
import { find, headedRow, show } from "../ui/dom.js";

/** @param {HTMLElement} root */
export function stormView(root) {
  const rows = Array.from({ length: STEPS }, (_, step) =>
    find(root, "tbody").appendChild(rowOf(step)),
  );
  const plots = [...root.querySelectorAll("[data-storm]")];
  /** @param {number[][]} counts naive, and after a random wait */
  return (counts) => {
    const most = Math.max(1, ...counts.flat());
    plots.forEach((plot, index) =>
      plot.replaceChildren(...counts[index].map((count) => bar(count, most))),
    );
    rows.forEach(({ cells }, step) =>
      counts.forEach((kind, index) => show(cells[index + 1], String(kind[step]))),
    );
  };
}

function rowOf(step) {
  const from = step * STEP_MS;
  const text = step < STEPS - 1 ? `${from} to ${from + STEP_MS} ms` : `${from} ms and later`;
  return headedRow(text, ["", ""]);
}

function bar(count, most) {
  const node = Object.assign(document.createElement("span"), { textContent: count || "" });
  node.style.setProperty("--share", String(count / most));
  return node;
}
