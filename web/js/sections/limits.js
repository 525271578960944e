// Limits of the browser: streams that wait for a connection, other tabs that share the same few, and the time in which
// nobody looked.

import * as clock from "../clock.js";
import { Away, TICK_MS } from "../away.js";
import { Slots, slotText } from "../slots.js";
import { find, show } from "../views/dom.js";
import { milliseconds, NAMES } from "../views/format.js";

const STREAMS = 7;

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { places, store }) {
  gauge(root, new Slots(places.shared ?? places.services.sse));
  tabs(find(root, '[data-field="tabs"]'));
  away(root, store);
}

/** @param {HTMLElement} root @param {Slots} slots */
function gauge(root, slots) {
  const close = find(root, '[data-action="close"]');
  const note = find(root, '[data-field="slots-note"]');
  const list = find(root, '[data-field="slots"]');
  show(note, `All of them go to ${slots.base}.`);
  // Not within the click: to what a click itself asks for, Firefox gives three connections more.
  find(root, '[data-action="open"]').addEventListener("click", () => setTimeout(() => slots.open(STREAMS)));
  close.addEventListener("click", () => slots.closeOne());
  const draw = () => {
    list.replaceChildren(...slots.all.map((slot) => item(slot, slots.now())));
    close.disabled = !slots.all.some(({ kind, state }) => kind === "stream" && state === "open");
  };
  slots.addEventListener("change", () => {
    draw();
    show(note, summary(slots));
  });
  setInterval(() => slots.all.some(({ state }) => state === "waiting") && draw(), 1_000);
}

function item(slot, now) {
  const li = document.createElement("li");
  Object.assign(li.dataset, { state: slot.state, kind: slot.kind });
  li.textContent = `${slot.name}: ${slotText(slot, now)}`;
  return li;
}

/** @param {Slots} slots */
function summary({ all, base }) {
  const count = (state, kind = "stream") => all.filter((slot) => slot.state === state && slot.kind === kind).length;
  const request = count("waiting", "request") ? "An ordinary request to the same origin waits as well." : "";
  return `${count("open")} streams open, ${count("waiting")} waiting, at ${base}. ${request}`;
}

/** Tabs of one browser share its connections to an origin: whoever opens a second one is told, in both. */
function tabs(node) {
  const channel = new BroadcastChannel("trilane-tabs");
  const self = Math.random().toString(36).slice(2);
  const others = new Set();
  channel.onmessage = ({ data: { from, says } }) => {
    if (says === "bye") others.delete(from);
    else if (!others.has(from)) others.add(from);
    if (says === "hello") channel.postMessage({ from: self, says: "here" });
    node.hidden = !others.size;
    const text = `This page is open in ${others.size + 1} tabs. They share the browser's six connections to each service, of which every tab keeps one busy: from the seventh on, lanes stay empty.`;
    show(node, others.size ? text : "");
  };
  channel.postMessage({ from: self, says: "hello" });
  addEventListener("pagehide", () => channel.postMessage({ from: self, says: "bye" }));
}

/** @param {HTMLElement} root @param {import("../store.js").Store} store */
function away(root, store) {
  const watch = new Away();
  let timer;
  store.addEventListener("change", () => watch.notice(store.lanes, clock.now()));
  document.addEventListener("visibilitychange", () => {
    clearInterval(timer);
    if (document.hidden) {
      watch.leave(store.lanes, clock.now());
      timer = setInterval(() => watch.tick(clock.now()), TICK_MS);
      return;
    }
    const absence = watch.back(store.lanes, clock.now());
    if (absence) drawAbsence(root, absence);
  });
}

/** @param {HTMLElement} root @param {import("../away.js").Absence} absence */
function drawAbsence(root, { since, until, slip, rows }) {
  const late = slip > 100 ? `A timer of one second was up to ${milliseconds(slip)} late.` : "Timers kept their time.";
  show(find(root, '[data-field="away-caption"]'), `You were away for ${milliseconds(until - since)}. ${late} The page itself sends nothing meanwhile.`);
  find(root, '[data-field="away"] tbody').replaceChildren(...rows.map(absenceRow));
  find(root, '[data-field="away"]').hidden = false;
  find(root, '[data-field="away-note"]').hidden = true;
}

function absenceRow({ name, messages, silence, reconnects, missing }) {
  const tr = document.createElement("tr");
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: NAMES[name] });
  const cells = [messages, milliseconds(silence), reconnects, missing].map((value) => Object.assign(document.createElement("td"), { textContent: String(value) }));
  tr.append(head, ...cells);
  return tr;
}
