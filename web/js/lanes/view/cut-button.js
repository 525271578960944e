// The button that cuts all connections of the lanes at once. Key b presses it.

import { FAULT_SCENARIOS } from "../../faults/scenarios.js";
import { show } from "../../ui/dom.js";

const CUT = /** @type {import("../../faults/scenarios.js").FaultScenario} */ (
  FAULT_SCENARIOS.find(({ name }) => name === "cut")
);

/**
 * @param {HTMLButtonElement} button  disabled without a gate, and while a measurement would be
 *   distorted
 * @param {Element} status  shows why a cut failed
 * @param {Pick<import("../../page.js").Page, "store" | "runner" | "injector">} page
 */
export function cutButton(button, status, { store, runner, injector }) {
  if (!injector) return;
  const update = () => (button.disabled = store.suspended || Boolean(runner.running));
  store.addEventListener("settings", update);
  runner.addEventListener("change", update);
  update();
  button.addEventListener("click", async () => {
    show(status, "");
    await injector
      .begin(CUT)
      .catch((/** @type {any} */ error) => show(status, `The gate refused: ${error.message}`));
  });
}
