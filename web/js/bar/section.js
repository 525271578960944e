// The bar that stays in view: rate and size of the steady messages, the link, pause, theme, share.

import { LIMITS, within } from "../page/address.js";
import { kneeOf, rateAt, STOPS, stopFor } from "../page/rate-scale.js";
import { find, show } from "../ui/dom.js";
import { pauseButton } from "./pause-button.js";
import { shareButton } from "./share-button.js";
import { themeButton } from "./theme-button.js";

const LINK = ["delay", "jitter", "bandwidth"];
const UNGATED =
  "There is no gate in front of the services: the link cannot be changed, faults cannot be " +
  "injected, and bytes on the wire are not measured.";

/**
 * @param {HTMLFormElement} form
 * @param {import("../page.js").Page} page
 */
export function mount(form, { store, gate, link, endpoints }) {
  pauseButton(find(form, '[data-action="pause"]'), store);
  themeButton(find(form, '[data-action="theme"]'));
  shareButton(find(form, '[data-action="share"]'));
  folding(form, find(form, '[data-action="more"]'));
  steady(form, store);
  clientsControl(form.elements.clients, store);
  if (gate) linkControls(form, { store, gate });
  else withoutGate(form, { store, endpoints });
  kneeMark(find(form, '[data-field="knee-mark"]'), { gate, link, store });
}

/** @param {HTMLFormElement} form @param {import("../page/store.js").Store} store */
function steady(form, store) {
  const { pace, rate, size } = /** @type {Record<string, any>} */ (form.elements);
  form.addEventListener("submit", (event) => event.preventDefault());
  pace.addEventListener("input", () => store.set({ rate: rateAt(Number(pace.value)) }));
  rate.addEventListener("change", () =>
    store.set({ rate: within(LIMITS.rate, rate.value) ?? store.settings.rate }),
  );
  size.addEventListener("change", () =>
    store.set({ size: Math.round(within(LIMITS.size, size.value) ?? store.settings.size) }),
  );
  store.addEventListener("settings", settle);
  settle();

  function settle() {
    const { settings } = store;
    // While it is dragged, the slider is already in place.
    if (rateAt(Number(pace.value)) !== settings.rate)
      pace.value = String(Math.round(stopFor(settings.rate)));
    pace.setAttribute(
      "aria-valuetext",
      settings.rate ? `${settings.rate} messages per second` : "off",
    );
    Object.assign(rate, { value: settings.rate });
    Object.assign(size, { value: settings.size });
  }
}

function clientsControl(select, store) {
  const settle = () => (select.value = store.settings.clients);
  // The compatibility endpoints only serve the channel main.
  select.disabled = store.settings.channel !== "main";
  select.addEventListener("change", () => store.set({ clients: select.value }));
  store.addEventListener("settings", settle);
  settle();
}

/** Shows the gate's link, whoever set it, and applies the chosen one to all lanes. */
function linkControls(form, { store, gate }) {
  const controls = LINK.map((name) => form.elements[name]);
  for (const control of controls) control.addEventListener("change", choose);
  gate.addEventListener("change", settle);
  settle();

  function choose() {
    if (!gate.link) return;
    const { delay, jitter } = gate.link;
    const link = {
      delay: within(LIMITS.delay, form.elements.delay.value) ?? delay,
      jitter: within(LIMITS.jitter, form.elements.jitter.value) ?? jitter,
      bandwidth: within(LIMITS.bandwidth, form.elements.bandwidth.value) ?? null,
    };
    store.set({ link });
  }

  function settle() {
    for (const control of controls) {
      // Typing must not be overwritten.
      if (gate.link && control !== document.activeElement)
        control.value = String(gate.link[control.name] ?? "");
    }
  }
}

/** Marks the knee on the slider. */
function kneeMark(mark, { gate, link, store }) {
  const draw = () => {
    const knee = kneeOf(link());
    const at = knee === undefined ? 2 : stopFor(knee) / STOPS;
    mark.hidden = !(at >= 0 && at <= 1);
    mark.style.setProperty("--at", String(at));
  };
  gate?.addEventListener("change", draw);
  store.addEventListener("settings", draw);
  draw();
}

function withoutGate(form, { store, endpoints }) {
  const controls = LINK.map((name) => form.elements[name]);
  for (const control of controls) control.disabled = true;
  const note = find(document, '[data-field="gate"]');
  show(note, UNGATED);
  note.hidden = !endpoints.fromServer;
  // Without a list of services, the note appears once one responds.
  store.addEventListener(
    "change",
    () => (note.hidden &&= !store.lanes.some(({ state }) => state === "open")),
  );
  store.addEventListener("settings", () => {
    const { recorded } = store;
    for (const control of recorded ? controls : [])
      control.value = String(recorded.link[control.name] ?? "");
  });
}

/**
 * In narrow windows the less important half is folded away, and never covers the focused element.
 */
function folding(form, button) {
  const fold = (expanded) =>
    button.setAttribute("aria-expanded", String(form.classList.toggle("expanded", expanded)));
  button.addEventListener("click", () => fold());
  form.addEventListener(
    "focusout",
    ({ relatedTarget }) => relatedTarget && !form.contains(relatedTarget) && fold(false),
  );
  form.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !form.classList.contains("expanded")) return;
    fold(false);
    button.focus();
  });
}
