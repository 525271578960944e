// The time until a lane can receive messages, and the bytes it takes.

import { now } from "../clock.js";
import { Histogram } from "../results/histogram.js";
import { repetition } from "../results/repetition.js";
import { connect } from "../trilane.js";
import { opened } from "./wait-until-open.js";
import { atRest, openLanes, scenarioOf } from "./steady.js";

const TIMES = 20;

/** @param {import("./experiment-runner.js").Context} context */
export async function run({ page, experiment, signal }) {
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
