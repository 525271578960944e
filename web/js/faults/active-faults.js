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
