// Messages to the service: by a request each, as polls and event streams need, and as frames on an
// open WebSocket. All of them cross the gate, which counts.

import { now } from "../clock.js";
import { Histogram } from "../results/histogram.js";
import { repetition } from "../results/repetition.js";
import { publish } from "../trilane/publish.js";
import { connect } from "../trilane.js";
import { opened } from "./wait-until-open.js";
import { atRest, openLanes, scenarioOf } from "./steady.js";

const TIMES = 20;

/** @param {import("./experiment-runner.js").Context} context */
export async function run({ page, experiment, signal }) {
  const lanes = {};
  for (const lane of openLanes(page.store)) {
    lanes[lane.name] = await measure(page, experiment, lane, signal);
  }
  return { lanes };
}

async function measure(page, experiment, lane, signal) {
  // On a channel without lanes: published messages must not come back and count too.
  const channel = `up-${page.store.page}`;
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
      published: TIMES,
      operations: TIMES,
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

async function repeated(send, size, signal) {
  const latency = new Histogram();
  for (let n = 0; n < TIMES; n += 1) {
    signal.throwIfAborted();
    const began = now();
    await send("x".repeat(size));
    latency.record(now() - began);
  }
  return latency;
}

/** Opens a separate WebSocket before the measurement starts. */
async function framesOf({ base }, channel, signal) {
  const connection = connect({ url: { ws: base }, transports: ["ws"], channel });
  await opened(connection, signal);
  return { publish: (message) => connection.publish(message), close: () => connection.close() };
}
