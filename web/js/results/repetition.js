// One repetition: what lanes and gate counted between two moments. It only reads counters that
// grow, so it does not disturb the lanes.

import { Histogram } from "./histogram.js";

/**
 * @typedef {object} Reading  one lane's counters at a moment
 * @property {number} at  milliseconds
 * @property {number} count
 * @property {number} missing
 * @property {number} duplicates
 * @property {number} late
 * @property {number} resets
 * @property {number} reconnects
 * @property {number} requests  made by the page
 * @property {Histogram} latencies
 * @property {import("./figures.js").Repetition["wire"]} [wire]  counted by the gate
 */

/**
 * @param {import("../lanes/lane.js").Lane} lane
 * @param {number} at
 * @param {Reading["wire"]} [wire]
 * @returns {Reading}
 */
export function reading({ sequence, requests, reconnects, resets, latencies }, at, wire) {
  const { count, missing, duplicates, late } = sequence;
  return {
    at,
    count,
    missing,
    duplicates,
    late,
    resets,
    reconnects,
    requests,
    latencies: latencies.copyText(),
    wire,
  };
}

/**
 * @param {Reading} before
 * @param {Reading} after
 * @returns {import("./figures.js").Repetition}
 */
export function repetition(before, after) {
  const grown = (name) => after[name] - before[name];
  const lost = Math.max(0, grown("missing"));
  return {
    seconds: grown("at") / 1000,
    // All messages of the history that the lane reads, whoever published them.
    published: grown("count") + lost,
    operations: grown("count"),
    server_cpu_seconds: null,
    load_cpu_seconds: 0,
    latency: after.latencies.since(before.latencies).counts,
    lost,
    duplicated: grown("duplicates"),
    reordered: grown("late"),
    resets: grown("resets"),
    wire: before.wire && after.wire ? wire(before.wire, after.wire) : null,
    memory: [],
  };
}

const wire = (before, after) => ({
  up_bytes: after.up_bytes - before.up_bytes,
  down_bytes: after.down_bytes - before.down_bytes,
  connections: after.connections - before.connections,
  requests: after.requests - before.requests,
});
