// The section "Break it": a row for each fault, with buttons that inject it or measure its effect,
// and the matrix of outcomes.

import { cloneTemplate, find, show } from "../ui/dom.js";
import { matrixRow } from "./matrix-row.js";
import { combine } from "./results.js";
import { naive, robust } from "./clients.js";
import { NAMES } from "../ui/format.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export async function mount(root, page) {
  const { gate, injector } = page;
  sources(find(root, '[data-field="sources"]'));
  if (!gate || !injector) return withoutGate(root, page);
  const { mountPanel } = await import("./panel.js");
  mountPanel(root, page, { injector, gate });
}

/**
 * Shows the recorded outcomes, if there are any.
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
function withoutGate(root, { runner, faultResults }) {
  const status = find(root, '[data-field="progress"]');
  show(status, "Faults need the gate, and this page has none.");
  const fill = () => {
    if (!runner.matrix || !runner.place) return;
    runner.removeEventListener("change", fill);
    const rows = Object.entries(runner.matrix).map(([fault, runs]) => {
      const row = matrixRow(find(root, `tr[data-scenario="${fault}"]`));
      row.fill(combine(runs));
      // Nothing will be measured that could judge it.
      row.guess.hidden = true;
      return { fault, title: row.title, runs };
    });
    const { date, command } = runner.place.environment;
    faultResults.show({ browser: command.at(-1) ?? "", date: date.slice(0, 10), rows });
    show(status, `Faults need a gate. These outcomes were recorded on ${date.slice(0, 10)}.`);
  };
  runner.addEventListener("change", fill);
  fill();
}

// Shows the source of the clients, read from the functions themselves, so that it cannot differ
// from what runs.

/** @param {HTMLElement} root */
function sources(root) {
  root.replaceChildren(
    ...Object.entries(naive).map(([name, run]) => listing(`${NAMES[name]}, naive`, String(run))),
    listing("Robust, for any transport", String(robust)),
  );
}

/** @param {string} title @param {string} text */
function listing(title, text) {
  const copy = cloneTemplate("listing");
  find(copy, "h3").textContent = `${title}: ${text.split("\n").length} lines`;
  find(copy, "pre").textContent = text;
  return copy;
}
