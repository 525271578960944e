// The section "Claims", and the bar of the running experiment.

import * as clock from "../shared/clock.js";
import { VERDICTS, conclusionOf, findingFor, inWords } from "./findings.js";
import { EXPERIMENTS } from "../experiments/list.js";
import { copyText } from "../ui/platform.js";
import { find, show } from "../ui/dom.js";
import { isSeen } from "../ui/paint.js";

// The section "Claims": under each claim the finding of this page, and a button that measures it.

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

/** @param {HTMLElement} cell @param {Parameters<typeof findingFor>[2]} known */
function drawCell(cell, known) {
  const { claim, experiment } = cell.dataset;
  if (!claim || !experiment) return;
  const finding = findingFor(claim, experiment, known);
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

/** @param {HTMLButtonElement | null} button @param {import("../page.js").Page["runner"]} runner */
function act(button, runner) {
  const cell = button?.closest("[data-claim]");
  if (!button || !cell) return;
  if (button.dataset.action === "copy") return copyText(button, button.dataset.command ?? "");
  const { experiment = "", claim } = /** @type {HTMLElement} */ (cell).dataset;
  runner.run(experiment, {}, `claim-${claim}`);
  lookAt(EXPERIMENTS[experiment].show ?? "lanes");
}

/** @param {string} id of a section */
export function lookAt(id) {
  const section = find(document, `#${id}`);
  section.dispatchEvent(new Event("lookat"));
  section.scrollIntoView({ block: "start" });
  section.focus({ preventScroll: true });
}

// The running experiment, its remaining time, and a link back to the claim. It stays at the edge of
// the window, because the visitor watches another section meanwhile.

// Long enough to find the link back.
const SHOWN_MS = 8_000;

/**
 * @param {HTMLElement} root
 * @param {import("../experiments/experiment-runner.js").ExperimentRunner} runner
 * @param {() => string} conclusion  the result of the latest experiment
 */
function experimentBar(root, runner, conclusion) {
  const [status, left, stop, back] = ["said", "left", "stop", "back"].map((name) =>
    find(root, `[data-field="${name}"]`),
  );
  stop.addEventListener("click", () => runner.stop());
  back.addEventListener("click", () => (root.hidden = true));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let leaving;
  runner.addEventListener("change", () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => (root.hidden = !runner.running), SHOWN_MS);
    const { running, failure, asked } = runner;
    root.hidden = !running && !failure && !asked;
    show(
      status,
      running ? running.title : failure ? `Nothing was measured. ${failure}.` : conclusion(),
    );
    stop.hidden = !running;
    back.hidden = Boolean(running) || !asked;
    // Without a claim there is no link back.
    if (asked) back.href = `#${asked}`;
    root.toggleAttribute("data-over", !running);
    if (!running) show(left, "");
  });
  setInterval(() => runner.running && show(left, timeLeft(runner.running.until)), 500);
}

/** @param {number} until */
function timeLeft(until) {
  const seconds = Math.ceil((until - clock.now()) / 1000);
  return seconds > 0 ? `${seconds} s` : "finishing";
}
