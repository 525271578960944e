// Messages at a steady rate for a while, in all lanes at once. The window is clean: nothing is in
// flight when it starts, and messages sent within it have time to arrive.

import { now } from "../shared/clock.js";
import { reading, repetition } from "../results/histogram.js";
import { pause } from "../trilane/time.js";

// Time for messages that are still being sent or retried.
const GRACE_MS = 1_000;
// Lanes that have not caught up by then have lost something, or are down.
const TIMEOUT_MS = 15_000;

/** @typedef {import("./experiment-runner.js").Context} Context */

/**
 * @param {Context} context
 * @param {() => Promise<void>} [meanwhile]  work to do within the window
 */
export async function steady({ page, experiment, signal }, meanwhile = async () => {}) {
  const { store } = page;
  const before = await atRest(page, signal);
  store.set({ rate: experiment.settings?.rate ?? store.settings.rate });
  await Promise.all([attentive(experiment.seconds, signal), meanwhile()]);
  const after = await atRest(page, signal);
  const lanes = openLanes(store).map(({ name }) => [
    name,
    {
      scenario: scenarioOf(page, experiment, name),
      repetitions: [repetition(before[name], after[name])],
    },
  ]);
  return { lanes: Object.fromEntries(lanes) };
}

/**
 * Returns the open lanes.
 * @param {import("../page/store.js").Store} store @throws {Error} if there is none
 */
export function openLanes({ lanes }) {
  const open = lanes.filter(({ state }) => state === "open");
  if (!open.length) throw new Error("no lane is open");
  return open;
}

/**
 * Stops publishing, waits until everything has arrived, and reads all counters.
 * @param {Pick<Context["page"], "store" | "gate" | "link">} page
 * @param {AbortSignal} signal
 * @returns {Promise<Record<string, import("../results/histogram.js").Reading>>}
 */
export async function atRest({ store, gate, link }, signal) {
  store.set({ rate: 0 });
  await pause(GRACE_MS + 4 * link().delay, signal);
  for (const until = now() + TIMEOUT_MS; !evenly(store.lanes) && now() < until && !signal.aborted;)
    await pause(50, signal);
  signal.throwIfAborted();
  await gate?.refresh();
  const at = now();
  return Object.fromEntries(
    store.lanes.map((lane) => [lane.name, reading(lane, at, wireOf(gate, lane.name))]),
  );
}

/**
 * Returns whether all lanes of one history have the same cursor.
 * @param {import("../lanes/lane.js").Lane[]} lanes
 */
function evenly(lanes) {
  const cursors = lanes.filter(({ state }) => state === "open").map(({ cursor }) => cursor);
  const histories = new Set(cursors.map((cursor) => cursor?.split("-")[0]));
  return new Set(cursors).size === histories.size;
}

/**
 * Waits, and fails if the tab is hidden meanwhile: the browser would throttle it and distort the
 * measurement.
 * @param {number} seconds @param {AbortSignal} signal
 */
async function attentive(seconds, signal) {
  const hidden = new AbortController();
  const leave = () =>
    document.hidden && hidden.abort(new Error("the tab was hidden during the measurement"));
  document.addEventListener("visibilitychange", leave);
  leave();
  await pause(seconds * 1000, AbortSignal.any([signal, hidden.signal]));
  document.removeEventListener("visibilitychange", leave);
  signal.throwIfAborted();
  hidden.signal.throwIfAborted();
}

/**
 * @param {Pick<Context["page"], "store" | "link">} page
 * @param {Pick<Context["experiment"], "name" | "seconds" | "settings">} experiment
 * @param {string} transport
 * @param {Partial<import("../results/run.js").Scenario>} [more]
 * @returns {import("../results/run.js").Scenario}
 */
export function scenarioOf({ store, link }, { name, seconds, settings }, transport, more = {}) {
  const { delay, jitter, bandwidth } = link();
  return {
    experiment: name,
    transport,
    manner: "usual",
    measures: "delivery",
    server: "ours",
    readers: 1,
    load: { "per-second": settings?.rate ?? store.settings.rate },
    payload_bytes: store.settings.size,
    seconds,
    warm_up_seconds: 0,
    link: {
      delay_ms: delay,
      jitter_ms: jitter,
      bytes_per_second: bandwidth && Math.round(bandwidth / 8),
    },
    ...more,
  };
}

// The gate's counters of one lane, in the format of a result.

/**
 * @param {import("../gate/gate.js").Gate | undefined} gate
 * @param {string} name
 * @returns {import("../results/figures.js").Repetition["wire"] | undefined} undefined without a
 *   gate
 */
export function wireOf(gate, name) {
  const counters = gate?.lane(name);
  if (!counters) return undefined;
  const { get, post, options, other } = counters.requests;
  return {
    up_bytes: counters.up.bytes,
    down_bytes: counters.down.bytes,
    connections: counters.connections,
    requests: get + post + options + other,
  };
}
