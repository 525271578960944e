// The page and `lab claims` judge the same claims with separate code. Both are tested with the same
// examples, here and in lab/bench/src/claims/examples.rs, so they cannot diverge.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PROCESS_RULES } from "../js/claims/process-rules.js";
import { TRANSPORT_RULES } from "../js/claims/transport-rules.js";
import { repetition, scenario, times, wire } from "./result-fixtures.js";

const RULES = { ...TRANSPORT_RULES, ...PROCESS_RULES };
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const { worlds } = read("verdicts.json");
const claims = read("../claims.json").tables.flatMap(({ rows }) =>
  rows.flatMap(({ claims }) => claims),
);
// Only a browser can judge it.
const OURS_ALONE = ["browsers-longpoll", "browsers-sse", "browsers-ws"];
const MESSAGES = 1_000;

function measured({ p50, requests, up, down, connections, lost }) {
  const counted = wire(up * MESSAGES, down * MESSAGES, requests * MESSAGES, connections * MESSAGES);
  const gone = (lost * MESSAGES) / (1 - lost);
  return {
    scenario,
    repetitions: [repetition(times(MESSAGES, p50), { wire: counted, lost: gone })],
  };
}

function seen({ lanes, answers }, experiment) {
  const entries = Object.entries(lanes[experiment] ?? {}).map(([name, lane]) => [
    name,
    measured(lane),
  ]);
  return {
    lanes: entries.length ? Object.fromEntries(entries) : undefined,
    facts: answers[experiment],
  };
}

for (const world of worlds) {
  test(`the page judges ${world.name}`, () => {
    for (const { id, experiment } of claims) {
      if (!(id in world.verdicts) || !experiment) continue;
      const finding = RULES[id](seen(world, experiment));
      assert.equal(finding?.verdict, world.verdicts[id], id);
      assert.ok(finding.n >= finding.needs, id);
    }
  });
}

test("each claim that page and lab judge is in an example", () => {
  const judged = worlds.flatMap(({ verdicts }) => Object.keys(verdicts));
  for (const { id } of claims) assert.equal(judged.includes(id), !OURS_ALONE.includes(id), id);
});
