// The rules that judge claims by measurements: each for both findings, and without a measurement.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PROCESS_RULES } from "../js/claims/process-rules.js";
import { TRANSPORT_RULES } from "../js/claims/transport-rules.js";
import { EXPERIMENTS } from "../js/experiments/list.js";
import { parse } from "../js/experiments/workers.js";
import { repetition, scenario, times, wire } from "./result-fixtures.js";

const RULES = { ...TRANSPORT_RULES, ...PROCESS_RULES };
const { tables, verdicts } = JSON.parse(
  readFileSync(new URL("../claims.json", import.meta.url), "utf8"),
);
const claims = tables.flatMap(({ rows }) => rows.flatMap((row) => row.claims));

const of = (...repetitions) => ({ scenario, repetitions });
const verdict = (id, seen) => RULES[id](seen)?.verdict;
const at = (latency, count = 40, more = {}) => of(repetition(times(count, latency), more));
const on = (requests, bytes, connections = 0) =>
  of(repetition(times(40, 51), { wire: wire(bytes / 2, bytes / 2, requests, connections) }));

test("each claim has a known verdict, and a rule if it can be measured", () => {
  assert.equal(new Set(claims.map(({ id }) => id)).size, claims.length);
  for (const { id, verdict, experiment } of claims) {
    assert.ok(verdicts[verdict], id);
    assert.equal(Boolean(RULES[id]), Boolean(experiment), id);
    assert.ok(!experiment || EXPERIMENTS[experiment], id);
  }
  for (const id of Object.keys(RULES))
    assert.ok(
      claims.some((claim) => claim.id === id),
      id,
    );
});

test("without a measurement there is no finding", () => {
  for (const [id, rule] of Object.entries(RULES)) assert.equal(rule({}), undefined, id);
});

test("requests and connections", () => {
  const lanes = { longpoll: on(40, 40_000, 1), sse: on(0, 5_000), ws: on(0, 4_000) };
  for (const id of [
    "connection-longpoll",
    "connection-sse",
    "connection-ws",
    "protocol-longpoll",
    "protocol-sse",
  ])
    assert.equal(verdict(id, { lanes }), "holds", id);
  assert.equal(verdict("protocol-ws", { lanes }), "imprecise");
  assert.match(
    RULES["connection-longpoll"]({ lanes }).text,
    /^1\.00 requests per message; 1 new TCP connection$/,
  );
  const swapped = { longpoll: on(0, 1), sse: on(40, 1), ws: on(40, 1) };
  for (const id of ["connection-longpoll", "connection-sse", "connection-ws", "protocol-sse"])
    assert.equal(verdict(id, { lanes: swapped }), "does-not-hold", id);
});

test("messages up", () => {
  const lanes = { longpoll: on(40, 900), sse: on(40, 900), ws: on(0, 100) };
  assert.deepEqual(
    ["direction-longpoll", "direction-sse", "direction-ws"].map((id) => verdict(id, { lanes })),
    ["imprecise", "holds", "holds"],
  );
  assert.equal(verdict("direction-ws", { lanes: { ws: on(40, 900) } }), "does-not-hold");
});

test("bytes and latency", () => {
  const usual = { longpoll: at(101), sse: at(51), ws: at(51.1) };
  assert.deepEqual(
    ["efficiency-ws", "use-longpoll", "use-sse", "use-ws"].map((id) =>
      verdict(id, { lanes: usual }),
    ),
    ["holds-if", "holds", "holds", "holds"],
  );
  assert.equal(verdict("efficiency-ws", { lanes: { ...usual, ws: at(20) } }), "holds");
  assert.equal(verdict("efficiency-ws", { lanes: { ...usual, ws: at(130) } }), "does-not-hold");
  assert.equal(verdict("use-ws", { lanes: { ws: at(51, 40, { lost: 1 }) } }), "does-not-hold");
  assert.equal(
    verdict("efficiency-sse", { lanes: { longpoll: on(40, 40_000), sse: on(0, 5_000) } }),
    "holds",
  );
  assert.equal(
    verdict("efficiency-sse", { lanes: { longpoll: on(40, 5_100), sse: on(0, 5_000) } }),
    "does-not-hold",
  );
});

test("too few samples are shown with their number", () => {
  const { n, needs } = RULES["use-sse"]({ lanes: { sse: at(51, 7) } });
  assert.deepEqual([n, needs > 7], [7, true]);
});

test("a poll without a cursor, a refused EventSource, a handshake", () => {
  const poll = (lost) => ({ lanes: { "no-cursor": at(51, 60, { lost }), longpoll: at(53) } });
  assert.deepEqual(
    [verdict("complexity-longpoll", poll(60)), verdict("complexity-longpoll", poll(0))],
    ["holds-if", "holds"],
  );
  assert.match(
    RULES["complexity-longpoll"](poll(60)).text,
    /50 % lost without a cursor, 0 % with one/,
  );
  const refused = (errors, closedAfter) => ({ facts: { errors, closedAfter, seconds: 6 } });
  assert.deepEqual(
    [verdict("complexity-sse", refused(1, 12)), verdict("complexity-sse", refused(3, undefined))],
    ["holds-if", "holds"],
  );
  const opening = (ws) => ({ lanes: { ws: at(ws), sse: at(102) } });
  assert.deepEqual(
    [205, 101, 60].map((ws) => verdict("complexity-ws", opening(ws))),
    ["holds", "holds", "imprecise"],
  );
});

test("features of the browser", () => {
  const facts = { longpoll: true, sse: false, ws: true };
  assert.deepEqual(
    ["browsers-longpoll", "browsers-sse", "browsers-ws"].map((id) => verdict(id, { facts })),
    ["holds", "does-not-hold", "holds"],
  );
});

const answers = (...pairs) => pairs.map(([pid, thread]) => ({ worker: 0, pid, thread }));

test("workers that respond on one port", () => {
  const ids = ["execution-threads", "execution-processes", "port-threads", "port-processes"];
  const said = (facts) => ids.map((id) => verdict(id, { facts }));
  assert.deepEqual(said({ sse: answers([1, 10], [1, 11]) }), [
    "holds",
    "not-measurable",
    "does-not-hold",
    "not-measurable",
  ]);
  assert.deepEqual(said({ sse: answers([1, 10], [1, 10]) }), [
    "not-measurable",
    "not-measurable",
    "not-measurable",
    "not-measurable",
  ]);
  assert.deepEqual(said({ sse: answers([1, 10], [2, 20]), ws: answers([3, 3]) }), [
    "not-measurable",
    "holds",
    "not-measurable",
    "holds",
  ]);
  assert.deepEqual(said({ sse: answers([1, 10], [1, 11], [2, 20]) }), [
    "holds",
    "holds",
    "does-not-hold",
    "holds",
  ]);
});

test("a response of /worker is parsed, and no other text", () => {
  assert.deepEqual(parse("Handled by worker 1 (pid 23, thread 45)"), {
    worker: 1,
    pid: 23,
    thread: 45,
  });
  assert.deepEqual(parse("Handled by worker 2 of process 3 (pid 23, thread 46)"), {
    worker: 2,
    pid: 23,
    thread: 46,
  });
  assert.equal(parse("hello"), undefined);
});

test("work on the event loop delays messages, on a pool it does not", () => {
  const burnt = (idle, inline, pool) => ({
    lanes: { "idle:sse": at(idle), "inline:sse": at(inline), "pool:sse": at(pool) },
  });
  assert.deepEqual(
    [verdict("work-threads", burnt(3, 800, 9)), verdict("work-threads", burnt(3, 5, 4))],
    ["holds-if", "holds"],
  );
  assert.equal(
    verdict("memory-threads", { lanes: { sse: at(5), ws: at(5, 40, { lost: 2 }) } }),
    "does-not-hold",
  );
  assert.equal(verdict("memory-threads", { lanes: { sse: at(5), ws: at(5) } }), "holds");
});
