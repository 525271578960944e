// The two tables of claims: under each claim what was measured here says, and a button that measures it now.

import * as clock from "../clock.js";
import { findingFor, inWords } from "../claims/findings.js";
import { EXPERIMENTS } from "../experiments/list.js";
import { copy } from "../views/copy.js";
import { find, show } from "../views/dom.js";
import { experimentBar } from "../views/experiment-bar.js";
import { isSeen } from "../views/paint.js";

const VERDICTS = {
  holds: "Holds",
  "holds-if": "Holds if …",
  imprecise: "Imprecise",
  "does-not-hold": "Does not hold",
  "not-measurable": "Not measurable here",
};
const LOOKS_EVERY_MS = 1_000;
const UNCOUNTED = "Only the gate can count this, and this page has none.";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { laboratory, store }) {
  const cells = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-claim]")]);
  const draw = () => {
    const known = { results: laboratory.results, soFar: laboratory.soFar() };
    for (const cell of cells) drawCell(cell, known);
  };
  root.addEventListener("click", ({ target }) => act(/** @type {Element} */ (target).closest("button"), laboratory));
  laboratory.addEventListener("change", () => {
    for (const button of root.querySelectorAll('[data-action="show"]')) button.toggleAttribute("disabled", Boolean(laboratory.running));
    draw();
  });
  // What the browser can do takes no time to find out.
  laboratory.run("support");
  experimentBar(find(document, '[data-field="experiment"]'), laboratory);
  const visible = isSeen(root);
  setInterval(() => store.paused || document.hidden || !visible() || draw(), LOOKS_EVERY_MS);
}

function drawCell(cell, known) {
  const { claim, experiment } = cell.dataset;
  const finding = experiment && findingFor(claim, experiment, known);
  const live = find(cell, '[data-field="live"]');
  if (!finding && known.results.has(experiment)) show(live, UNCOUNTED);
  if (!finding) return;
  show(live, inWords(finding, clock.now()));
  // Few samples are shown as what they are, and judge nothing.
  if (finding.n < finding.needs) return;
  const chip = find(cell, ".chip");
  chip.dataset.verdict = finding.verdict;
  show(chip, VERDICTS[finding.verdict]);
}

/** @param {HTMLButtonElement | null} button */
function act(button, laboratory) {
  const cell = button?.closest("[data-claim]");
  if (!button || !cell) return;
  if (button.dataset.action === "copy") return copy(button, button.dataset.command);
  const { experiment, claim } = /** @type {HTMLElement} */ (cell).dataset;
  laboratory.run(experiment, {}, `claim-${claim}`);
  lookAt(EXPERIMENTS[experiment].show ?? "lanes");
}

/** @param {string} id of a section */
export function lookAt(id) {
  const section = find(document, `#${id}`);
  section.scrollIntoView({ block: "start" });
  section.focus({ preventScroll: true });
}
