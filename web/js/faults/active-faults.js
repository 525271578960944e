// What is broken now, of all lanes together, as the gate says it.

/** @typedef {{ fault: string, lanes: string[] }} Broken */

/**
 * @param {Pick<import("../gate/gate.js").LaneState, "lane" | "faults">[]} lanes
 * @returns {Broken[]} each fault once, in the order in which they were begun, with the lanes that have it
 */
export function active(lanes) {
  const all = lanes.flatMap(({ lane, faults }) => faults.map(({ id, fault }) => ({ id, fault, lane })));
  const names = new Set(all.toSorted((a, b) => a.id - b.id).map(({ fault }) => fault));
  return [...names].map((fault) => ({ fault, lanes: [...new Set(all.filter((one) => one.fault === fault).map(({ lane }) => lane))] }));
}
