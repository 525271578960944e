// Connections as they open and wait, one gauge at a time, and for each gauge a row with what came of it.

import { protocolOf } from "../limits/protocol.js";
import { Slots, slotText } from "../limits/slots.js";
import { find, show } from "./dom.js";
import { milliseconds } from "./format.js";

/** @typedef {import("../limits/gauges.js").Gauge} Gauge */

const LOOKS_EVERY_MS = 250;
// So long it can be seen, here and at the service, before all are closed.
const LOOKED_AT_MS = 3_000;
// More than this are drawn without words; the row has their numbers.
const IN_WORDS = 20;

/** @param {HTMLElement} root @param {Record<string, Gauge>} gauges  by the action of their buttons */
export function gaugeView(root, gauges) {
  /** @type {Slots | undefined} */
  let current;
  let isStale = false;
  const begin = (action) => {
    current?.closeAll();
    const slots = new Slots(gauges[action].base ?? "", gauges[action].open);
    current = slots;
    slots.addEventListener("change", () => (isStale = true));
    measure(root, find(root, `[data-gauge="${action}"]`), gauges[action], slots, () => slots === current);
  };
  for (const [action, { base }] of Object.entries(gauges)) {
    const button = find(root, `[data-action="${action}"]`);
    button.disabled = !base;
    // Not within the click: to what a click itself asks for, Firefox gives three connections more.
    button.addEventListener("click", () => setTimeout(() => begin(action)));
  }
  find(root, '[data-action="close"]').addEventListener("click", () => current?.closeOne());
  setInterval(() => {
    // What waits shows for how long.
    if (current && (isStale || current.tally.waiting)) draw(root, current);
    isStale = false;
  }, LOOKS_EVERY_MS);
}

/**
 * Opens them, and writes into the row what comes of it until that is decided, or another gauge begins.
 * @param {HTMLElement} root
 * @param {Element} row
 * @param {Gauge} gauge
 * @param {Slots} slots
 * @param {() => boolean} isWanted
 */
async function measure(root, row, { count, stays, silent }, slots, isWanted) {
  const note = find(root, '[data-field="slots-note"]');
  show(note, `Asking ${slots.base} …`);
  const protocol = await protocolOf(slots.base).catch(() => undefined);
  if (!isWanted()) return;
  if (!protocol) return show(note, `${slots.base} does not answer this page.`);
  fill(row, { protocol: silent ? "n/a" : protocol });
  show(note, `Opening ${count} at ${slots.base} …`);
  slots.open(count);
  const timer = setInterval(() => {
    if (isWanted()) {
      draw(root, slots);
      fill(row, cells(slots.tally));
      if (!slots.isSettled) return;
    }
    clearInterval(timer);
    if (isWanted()) show(note, summary(slots));
    if (!stays) setTimeout(() => slots.closeAll(), LOOKED_AT_MS);
  }, LOOKS_EVERY_MS);
}

/** @param {Slots} slots */
function draw(root, slots) {
  const list = find(root, '[data-field="slots"]');
  list.toggleAttribute("data-many", slots.all.length > IN_WORDS);
  list.replaceChildren(...slots.all.map((slot) => item(slot, slots.now())));
  find(root, '[data-action="close"]').disabled = !slots.tally.open;
}

function item(slot, now) {
  const li = document.createElement("li");
  Object.assign(li.dataset, { state: slot.state, kind: slot.kind });
  li.textContent = `${slot.name}: ${slotText(slot, now)}`;
  return li;
}

/** @param {import("../limits/slots.js").Tally} tally */
function cells({ open, waiting, failed, request }) {
  return { open, waiting, failed, request: request === undefined ? "waits" : milliseconds(request) };
}

/** @param {Slots} slots */
function summary({ tally: { open, waiting, failed, request }, base }) {
  const meanwhile = request === undefined ? "An ordinary request to the same origin waits as well." : "";
  return `${open} open, ${waiting} waiting, ${failed} failed, at ${base}. ${meanwhile}`;
}

function fill(row, values) {
  for (const [field, value] of Object.entries(values)) show(find(row, `[data-field="${field}"]`), String(value));
}
