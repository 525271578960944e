// Selects a message on the timeline, by click or arrow keys, and shows what is known of it in all
// lanes.

import { indexOf, inspect, nearest } from "../inspection.js";
import { cloneTemplate, enableCardLayout, find } from "../../ui/dom.js";
import { milliseconds, NAMES } from "../../ui/format.js";

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
/** @type {Record<string, string>} */
const ORDER = {
  next: "in order",
  gap: "after a gap",
  late: "late",
  duplicate: "duplicate",
  "new log": "first of a new epoch",
};

/**
 * @param {HTMLElement} root  of the lanes
 * @param {import("../../page/store.js").Store} store
 * @param {import("../inspection.js").Selection} chosen
 * @param {() => { from: number, to: number }} shown
 */
export function inspector(root, store, chosen, shown) {
  const panel = find(root, '[data-field="inspector"]');
  for (const lane of store.lanes)
    picture(find(root, `[data-lane="${lane.name}"] .picture`), lane, chosen, shown);
  chosen.addEventListener("change", () => draw(panel, store, chosen));
  panel.addEventListener("click", (/** @type {{ target: Element }} */ { target }) => {
    if (target.closest('[data-action="close"]')) chosen.clear();
  });
}

/**
 * @param {HTMLButtonElement} button
 * @param {import("../lane.js").Lane} lane
 * @param {import("../inspection.js").Selection} chosen
 * @param {() => { from: number, to: number }} shown
 */
function picture(button, { name, trace }, chosen, shown) {
  button.setAttribute("aria-label", `${NAMES[name]}: select a message`);
  const choose = (/** @type {number | undefined} */ index) =>
    index !== undefined && chosen.set(name, trace.arrivals.row(index));
  button.addEventListener("click", (event) => {
    const { from, to } = shown();
    // A click by the keyboard has no position and selects the newest message.
    const at = event.detail ? from + ((to - from) * event.offsetX) / button.clientWidth : to;
    choose(nearest(trace, at));
  });
  button.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    choose(neighbour(trace, chosen.message, step));
  });
}

/**
 * @param {import("../trace.js").Trace} trace
 * @param {import("../inspection.js").MessageKey | undefined} message
 * @param {number} step
 */
function neighbour(trace, message, step) {
  const { length } = trace.arrivals;
  const index = message ? indexOf(trace, message) : -1;
  if (index < 0) return length ? length - 1 : undefined;
  return Math.min(length - 1, Math.max(0, index + step));
}

/**
 * @param {HTMLElement} panel
 * @param {import("../../page/store.js").Store} store
 * @param {import("../inspection.js").Selection} chosen
 */
function draw(panel, store, chosen) {
  panel.hidden = !chosen.message;
  if (!chosen.message) return panel.replaceChildren();
  const copy = cloneTemplate("inspection");
  const { n, offset } = chosen.message;
  const own = Number.isNaN(n) ? "from another publisher" : `${n}${ordinal(n)} from this page`;
  find(copy, "h3").textContent = `Message #${offset}, ${own}`;
  const body = find(copy, "tbody");
  for (const found of inspect(store.lanes, chosen.message)) row(body, found);
  enableCardLayout(find(copy, "table"));
  const raw = store.recent.find(chosen.message);
  find(copy, "pre").textContent = raw ? JSON.stringify(raw) : "Its content is no longer available.";
  panel.replaceChildren(copy);
}

/** @param {HTMLTableSectionElement} body @param {import("../inspection.js").Found} found */
function row(body, { lane, at, ms, kind = "", request = 0, together = 0, ended }) {
  const cells =
    at === undefined
      ? ["not received", "", "", ""]
      : [milliseconds(ms), by(request, ended), withIt(together), ORDER[kind]];
  const row = body.insertRow();
  const head = document.createElement("th");
  Object.assign(head, { scope: "row", textContent: NAMES[lane] });
  row.append(head);
  for (const text of cells) row.insertCell().textContent = text;
}

/** @param {number} request @param {boolean} [ended] */
const by = (request, ended) => `${request}${ordinal(request)}, ${ended ? "ended" : "still open"}`;

/** @param {number} together */
const withIt = (together) =>
  together > 1
    ? `${together - 1} other ${together === 2 ? "message" : "messages"}`
    : "no other message";

/** @param {number} n */
function ordinal(n) {
  const teen = n % 100 > 10 && n % 100 < 14;
  return teen ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
}
