// Single-key shortcuts outside of fields, the dialog that lists them, and the switch that turns
// them off (WCAG 2.1.4). Space is in pause-button.js; arrow keys belong to the focused timeline.

import { rateAt, stopFor, STOPS } from "../page/rate-scale.js";
import { find } from "../ui/dom.js";
import { readChoice, storeChoice } from "../ui/stored-choice.js";

const FASTER = 4;

/**
 * @param {HTMLDialogElement} dialog
 * @param {import("../page/store.js").Store} store
 */
export function shortcuts(dialog, store) {
  const on = find(dialog, '[name="single-keys"]');
  on.checked = readChoice("keys") !== "off";
  on.addEventListener("change", () => storeChoice("keys", on.checked ? "on" : "off"));
  find(document, '[data-action="shortcuts"]').addEventListener("click", () => dialog.showModal());

  const actions = actionsOf(dialog, store);
  document.addEventListener("keydown", (event) => {
    const action = actions.get(event.key);
    if (
      !action ||
      !on.checked ||
      dialog.open ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      inField(event.target)
    )
      return;
    event.preventDefault();
    action();
  });
}

/** @returns {Map<string, () => void>} by key */
function actionsOf(dialog, store) {
  const press = (selector) => () => find(document, selector).click();
  const rate = (stops) => () =>
    store.set({
      rate: rateAt(Math.min(STOPS, Math.max(0, Math.round(stopFor(store.settings.rate)) + stops))),
    });
  const links = document.querySelectorAll("nav a");
  return new Map([
    ["?", () => dialog.showModal()],
    ["+", rate(FASTER)],
    ["-", rate(-FASTER)],
    ["b", press('[data-action="break"]')],
    ["t", press('[data-action="theme"]')],
    ["/", () => find(document, '[name="question"]').focus()],
    ...[...links].map(
      (link, index) =>
        /** @type {[string, () => void]} */ ([String((index + 1) % 10), () => link.click()]),
    ),
  ]);
}

/** Returns whether keys type or choose there. */
const inField = (target) =>
  Boolean(target.closest?.("input:not([type=range], [type=checkbox]), select, textarea"));
