// The buttons and keys of the bar, and the modes that they turn on.

import { copyText, readChoice, storeChoice } from "../ui/platform.js";
import { STOPS, rateAt, stopFor } from "../page/settings.js";
import { find } from "../ui/dom.js";

// The button that stops all movement; outside of controls, the space bar does the same.

/**
 * @param {HTMLButtonElement} button
 * @param {import("../page/store.js").Store} store
 */
export function pauseButton(button, store) {
  const toggle = () => store.pause(!store.paused);
  button.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => {
    const inControl = /** @type {Element} */ (event.target).closest(
      "a, button, input, select, summary",
    );
    if (event.key !== " " || event.repeat || inControl) return;
    event.preventDefault();
    toggle();
  });
  store.addEventListener("settings", () => {
    button.textContent = store.paused ? "Resume" : "Pause";
    document.documentElement.classList.toggle("paused", store.paused);
  });
}

// The theme button: auto, light, dark. CSS applies it by `color-scheme`; early-theme.js restores
// it.

const THEMES = ["auto", "light", "dark"];

/** @param {HTMLButtonElement} button */
export function themeButton(button) {
  const root = document.documentElement;
  const show = () => {
    button.textContent = root.dataset.theme ?? "auto";
    button.setAttribute("aria-label", `Theme: ${button.textContent}`);
  };
  button.addEventListener("click", () => {
    root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
    storeChoice("theme", root.dataset.theme);
    show();
  });
  show();
}

// The share button copies the address, which contains all settings.

/** @param {HTMLButtonElement} button */
export function shareButton(button) {
  button.addEventListener("click", () => copyText(button, location.href, "See address"));
}

// The presenter's mode: the lanes alone and large. Key p and a link with `#present` turn it on, Esc
// turns it off.

/** @param {import("../page/store.js").Store} store */
export function presenter(store) {
  const settle = () => {
    const { present } = store.settings;
    const { classList } = document.documentElement;
    if (classList.contains("presenting") === present) return;
    classList.toggle("presenting", present);
    if (present) scrollTo(0, 0);
  };
  store.addEventListener("settings", settle);
  document.addEventListener("keydown", ({ key }) => {
    const isOurs = store.settings.present && !document.querySelector("dialog[open]");
    if (key === "Escape" && isOurs) store.set({ present: false });
  });
  settle();
}

// Single-key shortcuts outside of fields, the dialog that lists them, and the switch that turns
// them off (WCAG 2.1.4). Space is in buttons.js; arrow keys belong to the focused timeline.

const FASTER = 4;

/**
 * @param {HTMLDialogElement} dialog
 * @param {Pick<import("../page.js").Page, "store" | "zoom" | "guide">} page
 */
export function shortcuts(dialog, page) {
  const on = find(dialog, '[name="single-keys"]');
  on.checked = readChoice("keys") !== "off";
  on.addEventListener("change", () => storeChoice("keys", on.checked ? "on" : "off"));
  find(document, '[data-action="shortcuts"]').addEventListener("click", () => dialog.showModal());

  const actions = actionsOf(dialog, page);
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

/**
 * @param {HTMLDialogElement} dialog
 * @param {Pick<import("../page.js").Page, "store" | "zoom" | "guide">} page
 * @returns {Map<string, () => void>} by key
 */
function actionsOf(dialog, { store, zoom, guide }) {
  const press = (/** @type {string} */ selector) => () => find(document, selector).click();
  const rate = (/** @type {number} */ stops) => () =>
    guide.pace(
      rateAt(Math.min(STOPS, Math.max(0, Math.round(stopFor(store.settings.rate)) + stops))),
    );
  const all = (/** @type {string} */ selector) =>
    /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)]);
  const [links, steps] = [all("nav a"), all("[data-step]")];
  const toPart = (/** @type {number} */ index) =>
    () => (store.settings.present ? steps : links)[index]?.click();
  return new Map([
    ["?", () => dialog.showModal()],
    ["+", rate(FASTER)],
    ["-", rate(-FASTER)],
    ["b", press('[data-action="break"]')],
    ["t", press('[data-action="theme"]')],
    ["/", () => find(document, '[name="question"]').focus()],
    ["z", () => zoom.cycle()],
    ["p", () => store.set({ present: !store.settings.present })],
    ...links.map(
      (_, index) =>
        /** @type {[string, () => void]} */ ([String((index + 1) % 10), toPart(index)]),
    ),
  ]);
}

/** Returns whether keys type or choose there. @param {EventTarget | null} target */
const inField = (target) =>
  target instanceof Element &&
  Boolean(target.closest("input:not([type=range], [type=checkbox]), select, textarea"));
