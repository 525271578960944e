// The timeline as a table: the same facts of the same ten seconds, once a second while it is
// unfolded.

import { enableCardLayout } from "../../ui/card-tables.js";
import { headedRow } from "../../ui/dom.js";
import { milliseconds, NAMES } from "../../ui/format.js";
import { prefersReducedMotion } from "../../ui/paint.js";

const INTERVAL_MS = 1_000;
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
  setInterval(fill, INTERVAL_MS);
  // With reduced motion, the table is open from the start.
  details.open = prefersReducedMotion();
}

function tableRow(body, lane) {
  const row = body.appendChild(headedRow(NAMES[lane.name], new Array(COLUMNS).fill("")));
  return (window) => {
    const cells = [...row.cells].slice(1);
    facts(lane.trace, window).forEach((text, index) => (cells[index].textContent = text));
  };
}

/** @param {import("../trace.js").Trace} trace @param {{ from: number, to: number }} window */
function facts(trace, { from, to }) {
  const { arrivals, requests } = trace;
  const [first, end] = [arrivals.first("at", from), arrivals.first("at", to)];
  let slowest;
  for (let index = first; index < end; index += 1) {
    const took = arrivals.get(index, "at") - arrivals.get(index, "sent");
    if (!(took <= (slowest ?? -Infinity))) slowest = Number.isNaN(took) ? slowest : took;
  }
  const begun = requests.first("start", to) - requests.first("start", from);
  return [
    String(begun),
    String(end - first),
    milliseconds(slowest),
    milliseconds(trace.silence(from, to)),
  ];
}
