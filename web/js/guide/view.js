// The buttons of the guided minute, the faults beside the lanes, and the sentence.

import * as clock from "../shared/clock.js";
import { find, show } from "../ui/dom.js";
import { STEPS } from "./guide.js";

const INTERVAL_MS = 500;

/**
 * @param {HTMLElement} root  of the lanes
 * @param {import("../page.js").Page} page
 */
export function guideView(root, page) {
  const { guide, store, runner, gate } = page;
  const steps = STEPS.map((step) => find(root, `[data-step="${step}"]`));
  const faults = /** @type {HTMLButtonElement[]} */ ([...root.querySelectorAll("[data-fault]")]);
  const status = find(root, '[data-field="refused"]');
  const act = (/** @type {() => Promise<void>} */ begin) => {
    show(status, "");
    begin().catch((/** @type {any} */ error) => show(status, `The gate refused: ${error.message}`));
  };
  steps.forEach((button, index) =>
    button.addEventListener("click", () => act(() => guide.take(STEPS[index]))),
  );
  for (const chip of faults)
    chip.addEventListener("click", () => act(() => guide.break(nameOf(chip))));

  const update = () => {
    steps.forEach((button, index) => {
      button.disabled = !guide.canTake(STEPS[index]);
      markStep(button, index - STEPS.indexOf(guide.step));
    });
    for (const chip of faults) chip.disabled = !guide.canBreak(nameOf(chip));
  };
  store.addEventListener("settings", update);
  runner.addEventListener("change", update);
  guide.addEventListener("change", update);
  update();
  gate?.addEventListener("change", () => markActive(faults, gate));
  const say = () => {
    const text = guide.sentence(clock.now());
    if (text && !store.paused) show(find(root, '[data-field="guide"]'), text);
  };
  guide.addEventListener("change", say);
  setInterval(say, INTERVAL_MS);
}

/** Returns the scenario of a fault's button. @param {HTMLElement} chip */
const nameOf = ({ dataset: { fault = "" } }) => fault;

/** @param {HTMLElement} button @param {number} ahead steps from the current one */
function markStep(button, ahead) {
  if (ahead === 0) button.setAttribute("aria-current", "step");
  else button.removeAttribute("aria-current");
  // The next step is the prominent button.
  button.classList.toggle("primary", ahead === 1);
}

/** @param {HTMLElement[]} faults @param {import("../gate/gate.js").Gate} gate */
function markActive(faults, gate) {
  const active = new Set(gate.lanes.flatMap(({ faults }) => faults.map(({ fault }) => fault)));
  for (const chip of faults)
    chip.toggleAttribute("data-active", active.has(chip.dataset.gate ?? nameOf(chip)));
}
