// The bar that stays in view: rate and size of the steady messages, the link they cross, pause, theme, share.

import { LIMITS, within } from "../address.js";
import { kneeOf, rateAt, stopFor } from "../rate-scale.js";
import { find, show } from "../views/dom.js";
import { pauseButton } from "../views/pause.js";
import { shareButton } from "../views/share.js";
import { themeButton } from "../views/theme.js";

const UNGATED = "No gate is in front of the services: the link cannot be changed here, nothing can be broken, and bytes on the wire are not measured.";

/**
 * @param {HTMLFormElement} form
 * @param {import("../page.js").Page} page
 */
export function mount(form, { store, gate }) {
  pauseButton(find(form, '[data-action="pause"]'), store);
  themeButton(find(form, '[data-action="theme"]'));
  shareButton(find(form, '[data-action="share"]'));
  folding(form, find(form, '[data-action="more"]'));
  steady(form, store);
  if (!gate) withoutGate(form);
}

/** @param {HTMLFormElement} form @param {import("../store.js").Store} store */
function steady(form, store) {
  const { pace, rate, size } = /** @type {Record<string, any>} */ (form.elements);
  form.addEventListener("submit", (event) => event.preventDefault());
  pace.addEventListener("input", () => store.set({ rate: rateAt(Number(pace.value)) }));
  rate.addEventListener("change", () => store.set({ rate: within(LIMITS.rate, rate.value) ?? store.settings.rate }));
  size.addEventListener("change", () => store.set({ size: Math.round(within(LIMITS.size, size.value) ?? store.settings.size) }));
  store.addEventListener("settings", settle);
  settle();

  function settle() {
    const { settings } = store;
    // What is being dragged is already where it should be.
    if (rateAt(Number(pace.value)) !== settings.rate) pace.value = String(Math.round(stopFor(settings.rate)));
    pace.setAttribute("aria-valuetext", settings.rate ? `${settings.rate} messages a second` : "off");
    Object.assign(rate, { value: settings.rate });
    Object.assign(size, { value: settings.size });
  }
}

function withoutGate(form) {
  for (const name of ["delay", "jitter", "bandwidth"]) form.elements[name].disabled = true;
  const note = find(document, '[data-field="gate"]');
  show(note, UNGATED);
  note.hidden = false;
}

/** On a narrow screen the less needed half is folded away. */
function folding(form, button) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-expanded", String(form.classList.toggle("expanded")));
  });
}
