// The behaviour of EventSource after an error response: it stops for good. The service responds
// with 400 to an invalid cursor.

import { now } from "../clock.js";
import { pause } from "../trilane/backoff.js";

/** @param {import("./experiment-runner.js").Context} context */
export async function run({ page, experiment, signal }) {
  const url = `${page.endpoints.services.sse}/events?channel=refused&after=no-cursor`;
  const began = now();
  const source = new EventSource(url);
  let errors = 0;
  let closedAfter;
  source.onerror = () => {
    errors += 1;
    if (source.readyState === EventSource.CLOSED) closedAfter ??= now() - began;
  };
  await pause(experiment.seconds * 1000, signal);
  source.close();
  signal.throwIfAborted();
  return { facts: { errors, closedAfter, seconds: experiment.seconds } };
}
