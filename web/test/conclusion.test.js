// The sentence that concludes an experiment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conclusionOf } from "../js/claims/findings.js";
import { repetition, scenario, times } from "./result-fixtures.js";

const lanesOf = (latencies) =>
  Object.fromEntries(
    Object.entries(latencies).map(([name, values]) => [
      name,
      { scenario, repetitions: [repetition(values)] },
    ]),
  );

/** A runner after an experiment. */
function after(latest, result, asked) {
  const results = new Map([[latest, { at: 0, ...result }]]);
  return /** @type {any} */ ({ latest, asked, results, sinceStart: () => ({ lanes: {} }) });
}

const MEASURED = {
  lanes: lanesOf({ longpoll: times(40, 133), sse: times(40, 60), ws: times(40, 60) }),
};

test("a measurement of lanes concludes with their medians", () => {
  assert.equal(
    conclusionOf(after("yours", MEASURED, "choose")),
    "Median latency: Long polling 133 ms, Server-Sent Events 60.2 ms, WebSocket 60.2 ms.",
  );
});

test("an experiment for a claim concludes with its verdict", () => {
  const runner = after("frequent", MEASURED, "claim-use-ws");
  assert.equal(
    conclusionOf(runner),
    "Holds. Median latency: WebSocket 60.2 ms, long polling 133 ms.",
  );
});

test("too few samples conclude nothing about a claim", () => {
  const few = { lanes: lanesOf({ ws: times(3, 60) }) };
  assert.equal(conclusionOf(after("frequent", few, "claim-use-ws")), "Measured.");
});

test("an experiment without figures has been measured", () => {
  assert.equal(conclusionOf(after("workers", { facts: {} })), "Measured.");
});
