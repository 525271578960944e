// One lane's column in the table of numbers. Reads the store, fetches nothing.

import { find, show } from "./dom.js";
import { latency, milliseconds, seconds } from "./format.js";
import { paintOn } from "./paint.js";

const BAD = ["missing", "duplicates"];

/**
 * @param {HTMLTableElement} table
 * @param {import("../store.js").Store} store
 * @param {import("../lane.js").Lane} lane
 */
export function numbersView(table, store, lane) {
  const cell = (name) => find(table, `[data-figure="${name}"] [data-of="${lane.name}"]`);
  paintOn(store, () => {
    for (const [name, text] of Object.entries(figures(lane))) show(cell(name), text);
    for (const name of BAD) cell(name).classList.toggle("bad", lane.sequence[name] > 0);
  }, table);
}

/** @param {import("../lane.js").Lane} lane */
function figures({ sequence, latency: window, freshness, entries, wire, reconnects, resets }) {
  return {
    "latency-median": milliseconds(window.median),
    "latency-last": entries.length ? latency(entries[0]) : "–",
    "age-median": seconds(freshness.median),
    bytes: wire && sequence.count ? String(Math.round(wire / sequence.count)) : "–",
    reconnects: String(reconnects),
    resets: String(resets),
    missing: String(sequence.missing),
    duplicates: String(sequence.duplicates),
  };
}
