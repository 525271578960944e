// The section "Claims": under each claim the finding of this page, and a button that measures it.

import * as clock from "../clock.js";
import { conclusionOf, VERDICTS } from "./conclusion.js";
import { findingFor, inWords } from "./findings.js";
import { EXPERIMENTS } from "../experiments/list.js";
import { copyText } from "../ui/copy.js";
import { find, show } from "../ui/dom.js";
import { experimentBar } from "../experiments/experiment-bar.js";
import { isSeen } from "../ui/paint.js";

const CHECK_INTERVAL_MS = 1_000;
const UNCOUNTED = "Only the gate can count this, and this page has none.";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { runner, store }) {
  const cells = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-claim]")]);
  const draw = () => {
    const known = { results: runner.results, sinceStart: runner.sinceStart() };
    for (const cell of cells) drawCell(cell, known);
  };
  root.addEventListener("click", ({ target }) =>
    act(/** @type {Element} */ (target).closest("button"), runner),
  );
  runner.addEventListener("change", () => {
    for (const button of root.querySelectorAll('[data-action="show"]'))
      button.toggleAttribute("disabled", Boolean(runner.running));
    draw();
  });
  // The features of the browser need no time to measure.
  runner.run("support");
  experimentBar(find(document, '[data-field="experiment"]'), runner, () => conclusionOf(runner));
  const visible = isSeen(root);
  setInterval(() => store.paused || document.hidden || !visible() || draw(), CHECK_INTERVAL_MS);
}

function drawCell(cell, known) {
  const { claim, experiment } = cell.dataset;
  const finding = experiment && findingFor(claim, experiment, known);
  const live = find(cell, '[data-field="live"]');
  if (!finding && known.results.has(experiment)) show(live, UNCOUNTED);
  if (!finding) return;
  show(live, inWords(finding, clock.now()));
  // Small samples are shown as such and change no verdict.
  if (finding.n < finding.needs || !finding.verdict) return;
  const chip = find(cell, ".chip");
  chip.dataset.verdict = finding.verdict;
  show(chip, VERDICTS[finding.verdict]);
}

/** @param {HTMLButtonElement | null} button */
function act(button, runner) {
  const cell = button?.closest("[data-claim]");
  if (!button || !cell) return;
  if (button.dataset.action === "copy") return copyText(button, button.dataset.command);
  const { experiment, claim } = /** @type {HTMLElement} */ (cell).dataset;
  runner.run(experiment, {}, `claim-${claim}`);
  lookAt(EXPERIMENTS[experiment].show ?? "lanes");
}

/** @param {string} id of a section */
export function lookAt(id) {
  const section = find(document, `#${id}`);
  section.scrollIntoView({ block: "start" });
  section.focus({ preventScroll: true });
}
