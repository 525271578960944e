// The active faults: found in the report of the gate, and announced.

import { FAULT_SCENARIOS } from "./scenarios.js";
import { NAMES } from "../ui/format.js";

// Announces the active faults when they change, also those that another page started.

/**
 * @param {import("../gate/gate.js").Gate} gate
 * @param {Map<string, { title: string }>} rows  of the matrix, by scenario
 * @param {(text: string) => void} announce
 * @returns {() => string} the last announcement, empty if no fault is active
 */
export function activeFaultsView(gate, rows, announce) {
  let shown = "";
  gate.addEventListener("change", () => {
    const names = active(gate.lanes).map(
      ({ fault, lanes }) => `${titleOf(fault, rows)} on ${where(lanes, gate.lanes.length)}`,
    );
    const text = names.length ? `Active: ${names.join("; ")}. See the lanes.` : "";
    if (text === shown) return;
    shown = text;
    announce(text || "All faults have healed.");
  });
  return () => shown;
}

/** @param {string[]} lanes @param {number} of */
const where = (lanes, of) =>
  lanes.length === of ? "all lanes" : lanes.map((lane) => NAMES[lane]).join(" and ");

/**
 * Returns the title of the row whose first fault this is.
 * @param {string} fault
 * @param {Map<string, { title: string }>} rows
 */
function titleOf(fault, rows) {
  const scenario = FAULT_SCENARIOS.find(({ faults = [] }) => faults[0]?.fault === fault);
  return rows.get(scenario?.name ?? "")?.title ?? fault;
}

// The active faults of all lanes together, from the gate's report.

/** @typedef {{ fault: string, lanes: string[] }} Broken */

/**
 * @param {Pick<import("../gate/gate.js").LaneState, "lane" | "faults">[]} lanes
 * @returns {Broken[]} each fault once, in the order in which they started, with its lanes
 */
export function active(lanes) {
  const all = lanes.flatMap(({ lane, faults }) =>
    faults.map(({ id, fault }) => ({ id, fault, lane })),
  );
  const names = new Set(all.toSorted((a, b) => a.id - b.id).map(({ fault }) => fault));
  return [...names].map((fault) => ({
    fault,
    lanes: [...new Set(all.filter((one) => one.fault === fault).map(({ lane }) => lane))],
  }));
}
