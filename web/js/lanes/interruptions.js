// The last time that something other than steady messages affected the lanes: a fault, a burst, a
// storm, a measurement, or a lane that was lost or opened.

/**
 * @param {Pick<import("../page.js").Page, "store" | "bands" | "runner">} page
 * @param {number} now
 * @returns {number} its latest moment: `now` while it lasts, -Infinity if there was none
 */
export function lastInterruption({ store, bands, runner }, now) {
  if (store.suspended || runner.running) return now;
  return Math.max(
    ...store.lanes.map((lane) =>
      Math.max(brokenUntil(bands.of(lane.name), now), openSince(lane, now)),
    ),
  );
}

/** @param {import("./fault-bands.js").FaultBand[]} bands @param {number} now */
const brokenUntil = (bands, now) => Math.max(-Infinity, ...bands.map(({ end = now }) => end));

/** @param {import("./lane.js").Lane} lane @param {number} now */
function openSince({ state, trace: { periods } }, now) {
  if (state === "connecting" || state === "retrying") return now;
  return periods.length ? periods.get(periods.length - 1, "start") : -Infinity;
}
