// Limits of the browser: connections that wait or fail, other tabs that share the same few, and the time in which nobody
// looked.

import * as clock from "../clock.js";
import { Away, TICK_MS } from "../away.js";
import { gaugesOf } from "../limits/gauges.js";
import { find, show } from "../views/dom.js";
import { milliseconds, NAMES } from "../views/format.js";
import { gaugeView } from "../views/gauge.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { places, store }) {
  gaugeView(root, gaugesOf(places));
  if (places.tls) show(find(root, '[data-field="tls"]'), `With TLS they go to ${places.tls}. If it does not answer, open it once and accept its certificate.`);
  tabs(find(root, '[data-field="tabs"]'));
  away(root, store);
}

/** Tabs of one browser share its connections to an origin: whoever opens a second one is told, in both. */
function tabs(node) {
  const channel = new BroadcastChannel("trilane-tabs");
  const self = Math.random().toString(36).slice(2);
  const others = new Set();
  channel.onmessage = ({ data: { from, says } }) => {
    if (says === "bye") others.delete(from);
    else others.add(from);
    if (says === "hello") channel.postMessage({ from: self, says: "here" });
    node.hidden = !others.size;
    const text = `This page is open in ${others.size + 1} tabs. They share the browser's six connections to each origin, and every tab keeps one busy with polls and one with events: from the seventh on, these two lanes stay empty.`;
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
  show(find(root, '[data-field="away-caption"]'), `You were away for ${milliseconds(until - since)}. ${late} The page itself publishes nothing meanwhile.`);
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
