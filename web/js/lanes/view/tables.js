// The lanes as tables: the numbers of each, and the facts of the timeline.

import * as clock from "../../shared/clock.js";
import { missing } from "../sequence.js";
import { enableCardLayout, find, headedRow, show } from "../../ui/dom.js";
import { NAMES, bytes, latency, milliseconds, old, seconds } from "../../ui/format.js";
import { paintOn, prefersReducedMotion } from "../../ui/paint.js";

// One lane's column in the table of numbers, and the two figures of it in the lane's header.

const BAD = ["missing", "duplicates"];
// The gate reports bytes as often, and the median of a minute is sorted each time.
const INTERVAL_MS = 500;

/**
 * @param {HTMLTableElement} table
 * @param {HTMLElement} header of the lane
 * @param {import("../../page.js").Page} page
 * @param {import("../lane.js").Lane} lane
 */
export function numbersView(table, header, { store, steadyWindow }, lane) {
  const cell = (/** @type {string} */ name) =>
    find(table, `[data-figure="${name}"] [data-of="${lane.name}"]`);
  const fields = ["median", "each"].map((name) => find(header, `[data-field="${name}"]`));
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
    const since = steadyWindow.since(clock.now());
    const median = milliseconds(lane.medianLatency(since));
    const each = lane.bytesPerMessage.bytesEach(since);
    show(cell("latency-median"), median);
    show(cell("bytes"), each === undefined ? "–" : String(Math.round(each)));
    [median, bytes(each)].forEach((text, index) => show(fields[index], text));
  }, INTERVAL_MS);
}

/** @param {import("../lane.js").Lane} lane */
function figures(lane) {
  const { sequence, freshness, entries, reconnects, resets, wireBytes } = lane;
  return {
    age: old(freshness.peak),
    wire: bytes(wireBytes),
    "latency-last": entries.length ? latency(entries[0]) : "–",
    "age-median": seconds(freshness.median),
    reconnects: String(reconnects),
    resets: String(resets),
    missing: String(missing(lane)),
    duplicates: String(sequence.duplicates),
  };
}

// The timeline as a table: the same facts of the same time, once a second while it is
// unfolded.

const TABLE_INTERVAL_MS = 1_000;
const COLUMNS = 4;

/**
 * @param {HTMLDetailsElement} details
 * @param {import("../../page/store.js").Store} store
 * @param {() => { from: number, to: number }} shown
 */
export function timelineTable(details, store, shown) {
  const body = /** @type {HTMLTableSectionElement} */ (details.querySelector("tbody"));
  const rows = store.lanes.map((lane) => tableRow(body, lane));
  enableCardLayout(/** @type {HTMLTableElement} */ (body.parentElement));
  const fill = () => details.open && rows.forEach((row) => row(shown()));
  details.addEventListener("toggle", fill);
  setInterval(fill, TABLE_INTERVAL_MS);
  // With reduced motion, the table is open from the start.
  details.open = prefersReducedMotion();
}

/** @param {HTMLTableSectionElement} body @param {import("../lane.js").Lane} lane */
function tableRow(body, lane) {
  const row = body.appendChild(headedRow(NAMES[lane.name], new Array(COLUMNS).fill("")));
  return (/** @type {{ from: number, to: number }} */ window) => {
    const cells = [...row.cells].slice(1);
    facts(lane.trace, window).forEach((text, index) => (cells[index].textContent = text));
  };
}

/** @param {import("../trace.js").Trace} trace @param {{ from: number, to: number }} window */
function facts(trace, { from, to }) {
  const { arrivals, requests } = trace;
  const [first, end] = arrivals.range("at", from, to);
  const [firstRequest, endOfRequests] = requests.range("start", from, to);
  let slowest;
  for (let index = first; index < end; index += 1) {
    const took = arrivals.get(index, "at") - arrivals.get(index, "sent");
    if (!(took <= (slowest ?? -Infinity))) slowest = Number.isNaN(took) ? slowest : took;
  }
  return [
    String(endOfRequests - firstRequest),
    String(end - first),
    milliseconds(slowest),
    milliseconds(trace.silence(from, to)),
  ];
}
