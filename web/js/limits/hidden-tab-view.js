// The report on the time in which the tab was hidden, as a table.

import { HiddenTabReport, TICK_MS } from "./hidden-tab-report.js";
import * as clock from "../clock.js";
import { find, headedRow, show } from "../ui/dom.js";
import { milliseconds, NAMES } from "../ui/format.js";

/** @param {HTMLElement} root @param {import("../page/store.js").Store} store */
export function absenceView(root, store) {
  const watch = new HiddenTabReport();
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
    if (absence) draw(root, absence);
  });
}

/** @param {HTMLElement} root @param {import("./hidden-tab-report.js").Absence} absence */
function draw(root, { since, until, slip, rows }) {
  const late =
    slip > 100
      ? `A one-second timer was up to ${milliseconds(slip)} late.`
      : "Timers were on time.";
  show(
    find(root, '[data-field="away-caption"]'),
    `The tab was hidden for ${milliseconds(until - since)}. ${late} This page publishes ` +
      `nothing while it is hidden.`,
  );
  find(root, '[data-field="away"] tbody').replaceChildren(...rows.map(laneRow));
  find(root, '[data-field="away"]').hidden = false;
  find(root, '[data-field="away-note"]').hidden = true;
}

/** @param {import("./hidden-tab-report.js").Row} row */
const laneRow = ({ name, messages, silence, reconnects, missing }) =>
  headedRow(NAMES[name], [messages, milliseconds(silence), reconnects, missing].map(String));
