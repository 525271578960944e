// The verdicts of the page on its own measurements: each rule both ways, and none without a
// measurement.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findingFor, judge } from "../js/claims/findings.js";
import { RULES } from "../js/claims/rules.js";
import { RULES as LAB_RULES } from "../tools/claims/lab-rules.js";
import { EXPERIMENTS } from "../js/experiments/list.js";
import { parse } from "../js/experiments/kinds.js";
import { repetition, scenario, times, wire } from "./result-fixtures.js";
import { present } from "./present.js";

const { tables, verdicts } = JSON.parse(
  readFileSync(new URL("../claims.json", import.meta.url), "utf8"),
);
const claims = tables.flatMap(({ rows }) => rows.flatMap((row) => row.claims));

const of = (...repetitions) => ({ scenario, repetitions });
const experimentOf = (id) => claims.find((claim) => claim.id === id).experiment;
const found = (id, seen) => judge(id, experimentOf(id), seen);
const verdict = (id, seen) => found(id, seen)?.verdict;
const at = (latency, count = 40, more = {}) => of(repetition(times(count, latency), more));
const on = (requests, bytes, connections = 0) =>
  of(repetition(times(40, 51), { wire: wire(bytes / 2, bytes / 2, requests, connections) }));

test("each claim has a known verdict, a rule and a known experiment", () => {
  assert.equal(new Set(claims.map(({ id }) => id)).size, claims.length);
  for (const { id, verdict, experiment } of claims) {
    assert.ok(verdicts[verdict], id);
    assert.ok(LAB_RULES[id], id);
    assert.ok(!experiment || (RULES[id] && EXPERIMENTS[experiment]), id);
  }
});

test("without a measurement there is no finding", () => {
  for (const { id, experiment } of claims.filter(({ experiment }) => experiment))
    assert.equal(judge(id, experiment, {}), undefined, id);
});

test("requests and connections", () => {
  const lanes = { longpoll: on(40, 40_000, 1), sse: on(0, 5_000), ws: on(0, 4_000) };
  for (const id of [
    "connection-longpoll",
    "connection-sse",
    "connection-ws",
    "protocol-longpoll",
    "protocol-sse",
    "use-longpoll",
  ])
    assert.equal(verdict(id, { lanes }), "holds", id);
  const openings = { longpoll: on(40, 1, 40), sse: on(40, 1, 40), ws: on(40, 1, 40) };
  assert.equal(verdict("protocol-ws", { lanes: openings }), "imprecise");
  assert.equal(
    found("connection-longpoll", { lanes })?.text,
    "HTTP requests per message: long polling 1",
  );
  const swapped = { longpoll: on(0, 1), sse: on(40, 1, 40), ws: on(40, 1, 40) };
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
    ["efficiency-ws", "use-sse", "use-ws"].map((id) => verdict(id, { lanes: usual })),
    ["holds-if", "holds", "holds"],
  );
  assert.equal(
    found("efficiency-ws", { lanes: usual })?.text,
    "median latency: WebSocket 51.2 ms, long polling 101 ms, SSE 51.2 ms",
  );
  assert.equal(verdict("efficiency-ws", { lanes: { ...usual, ws: at(20) } }), "holds");
  assert.equal(verdict("efficiency-ws", { lanes: { ...usual, ws: at(130) } }), "does-not-hold");
  assert.equal(verdict("use-ws", { lanes: { ...usual, ws: at(130) } }), "does-not-hold");
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
  const few = found("use-sse", { lanes: { sse: at(51, 7), ws: at(51) } });
  const { n, needs, text, verdict } = present(few);
  assert.deepEqual([n, needs > 7, verdict], [7, true, undefined]);
  assert.equal(text, "median latency: WebSocket 51.2 ms");
});

test("what was counted since the page started has figures and no verdict", () => {
  const sinceStart = { lanes: { longpoll: at(101), sse: at(51), ws: at(51) } };
  const finding = findingFor("use-longpoll", "rare", { results: new Map(), sinceStart });
  const { text, verdict, at: moment } = present(finding);
  assert.deepEqual(
    [text, verdict, moment],
    ["median latency: long polling 101 ms, WebSocket 51.2 ms", undefined, undefined],
  );
  assert.equal(
    findingFor("direction-ws", "upstream", { results: new Map(), sinceStart }),
    undefined,
  );
});

test("a poll without a cursor, a refused EventSource, a handshake", () => {
  const poll = (lost) => ({ lanes: { "no-cursor": at(51, 60, { lost }), longpoll: at(53) } });
  assert.deepEqual(
    [verdict("complexity-longpoll", poll(60)), verdict("complexity-longpoll", poll(0))],
    ["holds-if", "holds"],
  );
  assert.equal(
    found("complexity-longpoll", poll(60))?.text,
    "lost: without a cursor 50 %, long polling 0 %",
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
