// Experiments with requests: the opening of a lane, and messages to the service.

import { now } from "../shared/clock.js";
import { Histogram, repetition } from "../results/histogram.js";
import { connect } from "../trilane.js";
import { atRest, openLanes, scenarioOf } from "./steady.js";
import { publish } from "../trilane/publisher.js";

// The time until a lane can receive messages, and the bytes it takes.

const TIMES = 20;

/** @param {import("./experiment-runner.js").Context} context */
export async function opening({ page, experiment, signal }) {
  /** @type {NonNullable<import("./experiment-runner.js").Result["lanes"]>} */
  const lanes = {};
  for (const lane of openLanes(page.store)) {
    const before = await atRest(page, signal);
    const { latency, seconds } = await open(lane, page.store.page, signal);
    const after = await atRest(page, signal);
    const scenario = scenarioOf(page, experiment, lane.name, {
      measures: "opening",
      load: { "in-flight": 1 },
    });
    const counted = { seconds, published: 0, operations: TIMES, latency: latency.counts, lost: 0 };
    lanes[lane.name] = {
      scenario,
      repetitions: [{ ...repetition(before[lane.name], after[lane.name]), ...counted }],
    };
  }
  return { lanes };
}

/** @param {import("../lanes/lane.js").Lane} lane @param {string} id @param {AbortSignal} signal */
async function open({ name, base }, id, signal) {
  const latency = new Histogram();
  const start = now();
  for (let n = 0; n < TIMES; n += 1) {
    const began = now();
    const connection = connect({
      url: { [name]: base },
      transports: [name],
      channel: `open-${id}`,
    });
    await opened(connection, signal);
    latency.record(now() - began);
    connection.close();
  }
  return { latency, seconds: (now() - start) / 1000 };
}

// Messages to the service: by a request each, as polls and event streams need, and as frames on an
// open WebSocket. All of them cross the gate, which counts.

const POSTS = 20;

/**
 * @typedef {import("./experiment-runner.js").Context} Context
 * @typedef {import("../lanes/lane.js").Lane} Lane
 * @typedef {(message: string) => Promise<unknown>} Send
 */

/** @param {Context} context */
export async function upstream({ page, experiment, signal }) {
  /** @type {NonNullable<import("./experiment-runner.js").Result["lanes"]>} */
  const lanes = {};
  for (const lane of openLanes(page.store)) {
    lanes[lane.name] = await measure(page, experiment, lane, signal);
  }
  return { lanes };
}

/**
 * @param {Context["page"]} page
 * @param {Context["experiment"]} experiment
 * @param {Lane} lane
 * @param {AbortSignal} signal
 */
async function measure(page, experiment, lane, signal) {
  // On a channel without lanes: published messages must not come back and count too.
  const channel = `up-${page.store.page}`;
  /** @type {{ publish: Send, close(): void }} */
  const send =
    lane.name === "ws"
      ? await framesOf(lane, channel, signal)
      : { publish: (message) => publish({ base: lane.base, channel, message }), close() {} };
  try {
    const before = await atRest(page, signal);
    const began = now();
    const latency = await repeated(send.publish, page.store.settings.size, signal);
    const seconds = (now() - began) / 1000;
    const after = await atRest(page, signal);
    const scenario = scenarioOf(page, experiment, lane.name, {
      measures: "publication",
      load: { "in-flight": 1 },
      seconds: experiment.seconds,
    });
    const counted = {
      seconds,
      published: POSTS,
      operations: POSTS,
      latency: latency.counts,
      lost: 0,
    };
    return {
      scenario,
      repetitions: [{ ...repetition(before[lane.name], after[lane.name]), ...counted }],
    };
  } finally {
    send.close();
  }
}

/** @param {Send} send @param {number} size @param {AbortSignal} signal */
async function repeated(send, size, signal) {
  const latency = new Histogram();
  for (let n = 0; n < POSTS; n += 1) {
    signal.throwIfAborted();
    const began = now();
    await send("x".repeat(size));
    latency.record(now() - began);
  }
  return latency;
}

/**
 * Opens a separate WebSocket before the measurement starts.
 * @param {Lane} lane @param {string} channel @param {AbortSignal} signal
 */
async function framesOf({ base }, channel, signal) {
  const connection = connect({ url: { ws: base }, transports: ["ws"], channel });
  await opened(connection, signal);
  return { publish: (/** @type {string} */ message) =>
    connection.publish(message), close: () => connection.close() };
}

// Waits until a connection is open, and closes one that fails.

/**
 * @param {import("../trilane/connect.js").Connection} connection
 * @param {AbortSignal} signal
 * @returns {Promise<void>} rejects and closes the connection when the signal aborts or the service
 *   refuses
 */
export function opened(connection, signal) {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const until = { signal: done.signal };
    const fail = (/** @type {Error} */ reason) => {
      done.abort();
      connection.close();
      reject(reason);
    };
    const enter = (/** @type {{ detail: { state: string } }} */ { detail: { state } }) => {
      if (state !== "open") return;
      done.abort();
      resolve();
    };
    connection.addEventListener("state", enter, until);
    connection.addEventListener("error", ({ detail }) => fail(new Error(detail.detail)), until);
    signal.addEventListener("abort", () => fail(signal.reason), until);
    if (signal.aborted) fail(signal.reason);
  });
}
