// The bar that stays in view: rate and size of the steady messages, the link, pause, theme, share.

import { LIMITS, STOPS, kneeOf, rateAt, stopFor, within } from "../page/settings.js";
import { find, show } from "../ui/dom.js";
import { pauseButton, shareButton, themeButton } from "./controls.js";

const LINK = /** @type {const} */ (["delay", "jitter", "bandwidth"]);
const UNGATED =
  "There is no gate in front of the services: the link cannot be changed, faults cannot be " +
  "injected, and bytes on the wire are not measured.";

/**
 * @typedef {import("../page.js").Page} Page
 * @typedef {import("../page/store.js").Store} Store
 */

/**
 * @param {HTMLFormElement} form
 * @param {Page} page
 */
export function mount(form, { store, gate, link, endpoints, guide }) {
  pauseButton(find(form, '[data-action="pause"]'), store);
  themeButton(find(form, '[data-action="theme"]'));
  shareButton(find(form, '[data-action="share"]'));
  folding(form, find(form, '[data-action="more"]'));
  steady(form, store, guide);
  clientsControl(find(form, '[name="clients"]'), store);
  if (gate) linkControls(form, { store, gate });
  else withoutGate(form, { store, endpoints });
  kneeMark(find(form, '[data-field="knee-mark"]'), { gate, link, store });
}

/** @param {HTMLFormElement} form @param {Store} store @param {Page["guide"]} guide */
function steady(form, store, guide) {
  const { pace, rate, size } = /** @type {Record<string, any>} */ (form.elements);
  form.addEventListener("submit", (event) => event.preventDefault());
  const slide = () => guide.pace(rateAt(Number(pace.value)));
  // A recording has few rates: while the slider is dragged, it would jump back and forth.
  pace.addEventListener("input", () => store.recorded || slide());
  pace.addEventListener("change", () => store.recorded && slide());
  rate.addEventListener("change", () =>
    guide.pace(within(LIMITS.rate, rate.value) ?? store.settings.rate),
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

/** @param {HTMLSelectElement} select @param {Store} store */
function clientsControl(select, store) {
  const settle = () => (select.value = store.settings.clients);
  // The compatibility endpoints only serve the channel main.
  select.disabled = store.settings.channel !== "main";
  select.addEventListener("change", () =>
    store.set({ clients: /** @type {Store["settings"]["clients"]} */ (select.value) }),
  );
  store.addEventListener("settings", settle);
  settle();
}

/**
 * Returns the fields of the link.
 * @param {HTMLFormElement} form
 * @returns {HTMLInputElement[]} in the order of `LINK`
 */
const linkFields = (form) => LINK.map((name) => find(form, `[name="${name}"]`));

/**
 * Shows a link in its fields, except in the one in which somebody types.
 * @param {HTMLInputElement[]} fields @param {import("../gate/gate.js").Link | undefined} link
 */
function showLink(fields, link) {
  fields.forEach((field, index) => {
    if (link && field !== document.activeElement) field.value = String(link[LINK[index]] ?? "");
  });
}

/**
 * Shows the gate's link, also one that another page set, and applies the chosen one to all lanes.
 * @param {HTMLFormElement} form
 * @param {{ store: Store, gate: import("../gate/gate.js").Gate }} page
 */
function linkControls(form, { store, gate }) {
  const fields = linkFields(form);
  const [delay, jitter, bandwidth] = fields;
  for (const field of fields) field.addEventListener("change", choose);
  gate.addEventListener("change", settle);
  settle();

  function choose() {
    if (!gate.link) return;
    const link = {
      delay: within(LIMITS.delay, delay.value) ?? gate.link.delay,
      jitter: within(LIMITS.jitter, jitter.value) ?? gate.link.jitter,
      bandwidth: within(LIMITS.bandwidth, bandwidth.value) ?? null,
    };
    store.set({ link });
  }

  function settle() {
    showLink(fields, gate.link);
  }
}

/**
 * Marks the knee on the slider.
 * @param {HTMLElement} mark @param {Pick<Page, "gate" | "link" | "store">} page
 */
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

/** @param {HTMLFormElement} form @param {Pick<Page, "store" | "endpoints">} page */
function withoutGate(form, { store, endpoints }) {
  const fields = linkFields(form);
  for (const field of fields) field.disabled = true;
  const note = find(document, '[data-field="gate"]');
  show(note, UNGATED);
  note.hidden = !endpoints.fromServer;
  // Without a list of services, the note appears once one responds.
  store.addEventListener(
    "change",
    () => (note.hidden &&= !store.lanes.some(({ state }) => state === "open")),
  );
  store.addEventListener("settings", () => showLink(fields, store.recorded?.link));
}

/**
 * In narrow windows the less important half is folded away, and never covers the focused element.
 * @param {HTMLFormElement} form @param {HTMLButtonElement} button
 */
function folding(form, button) {
  /** @param {boolean} [expanded] */
  const fold = (expanded) =>
    button.setAttribute("aria-expanded", String(form.classList.toggle("expanded", expanded)));
  button.addEventListener("click", () => fold());
  form.addEventListener(
    "focusout",
    ({ relatedTarget: next }) => next instanceof Node && !form.contains(next) && fold(false),
  );
  form.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !form.classList.contains("expanded")) return;
    fold(false);
    button.focus();
  });
}
