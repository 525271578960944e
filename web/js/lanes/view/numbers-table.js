// One lane's column in the table of numbers.

import * as clock from "../../clock.js";
import { missing } from "../loss.js";
import { find, show } from "../../ui/dom.js";
import { latency, milliseconds, seconds } from "../../ui/format.js";
import { paintOn } from "../../ui/paint.js";

const BAD = ["missing", "duplicates"];
// The gate reports bytes as often, and the median of a minute is sorted each time.
const INTERVAL_MS = 500;

/**
 * @param {HTMLTableElement} table
 * @param {import("../../page.js").Page} page
 * @param {import("../lane.js").Lane} lane
 */
export function numbersView(table, { store, steadyWindow }, lane) {
  const cell = (name) => find(table, `[data-figure="${name}"] [data-of="${lane.name}"]`);
  paintOn(
    store,
    () => {
      for (const [name, text] of Object.entries(figures(lane))) show(cell(name), text);
      for (const name of BAD) cell(name).classList.toggle("bad", cell(name).textContent !== "0");
    },
    table,
  );
  setInterval(() => {
    if (store.paused) return;
    for (const [name, text] of Object.entries(inWindow(lane, steadyWindow.since(clock.now()))))
      show(cell(name), text);
  }, INTERVAL_MS);
}

/** @param {import("../lane.js").Lane} lane @param {number} since */
function inWindow(lane, since) {
  const bytes = lane.bytesPerMessage.bytesEach(since);
  return {
    "latency-median": milliseconds(lane.medianLatency(since)),
    bytes: bytes === undefined ? "–" : String(Math.round(bytes)),
  };
}

/** @param {import("../lane.js").Lane} lane */
function figures(lane) {
  const { sequence, freshness, entries, reconnects, resets } = lane;
  return {
    "latency-last": entries.length ? latency(entries[0]) : "–",
    "age-median": seconds(freshness.median),
    reconnects: String(reconnects),
    resets: String(resets),
    missing: String(missing(lane)),
    duplicates: String(sequence.duplicates),
  };
}
