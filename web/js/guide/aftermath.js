// What faults leave behind in the lanes.

import { isStopped, missing } from "../lanes/sequence.js";

// What a fault did to one lane, computed from its trace: when it was open again, how long a message
// took, and what is missing.

/** @typedef {import("../lanes/lane.js").Lane} Lane */

/**
 * @typedef {object} Aftermath
 * @property {string} lane
 * @property {"untouched" | "back" | "away" | "stopped"} state  untouched: it stayed open
 * @property {number} [back]  milliseconds from the start of the fault until it was open again
 * @property {number} [slowest]  longest latency of the messages sent since, in milliseconds
 * @property {number} missing  messages, since the start of the fault
 */

/**
 * Returns what aftermaths are counted from.
 * @param {Lane[]} lanes
 * @returns {Map<string, number>} missing messages, by lane
 */
export const missingNow = (lanes) => new Map(lanes.map((lane) => [lane.name, missing(lane)]));

/**
 * @param {Lane} lane
 * @param {number} since  start of the fault
 * @param {number} before  messages that were missing at that time
 * @returns {Aftermath}
 */
export function aftermath(lane, since, before) {
  const took = lane.trace.latencies(since);
  const back = openedAfter(lane.trace, since);
  return {
    lane: lane.name,
    state: stateOf(lane, back),
    ...(back !== undefined && lane.isLive && { back: back - since }),
    ...(took.length && { slowest: took.reduce((most, ms) => Math.max(most, ms)) }),
    missing: Math.max(0, missing(lane) - before),
  };
}

/** @param {Lane} lane @param {number | undefined} back */
function stateOf(lane, back) {
  if (isStopped(lane)) return "stopped";
  if (!lane.isLive) return "away";
  return back === undefined ? "untouched" : "back";
}

/**
 * The latest moment after `since` at which the lane was open again.
 * @param {Lane["trace"]} trace @param {number} since
 */
function openedAfter({ periods }, since) {
  const start = periods.length ? periods.get(periods.length - 1, "start") : -Infinity;
  return start > since ? start : undefined;
}

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

/** @param {import("../lanes/trace.js").FaultBand[]} bands @param {number} now */
const brokenUntil = (bands, now) => Math.max(-Infinity, ...bands.map(({ end = now }) => end));

/** @param {import("../lanes/lane.js").Lane} lane @param {number} now */
function openSince({ state, trace: { periods } }, now) {
  if (state === "connecting" || state === "retrying") return now;
  return periods.length ? periods.get(periods.length - 1, "start") : -Infinity;
}
