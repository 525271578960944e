// The requests to the gate, and the outcomes computed from what clients received.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { active } from "../js/faults/active-faults.js";
import { FAULT_SCENARIOS, FaultInjector, faultsOf } from "../js/faults/scenarios.js";
import { naive } from "../js/faults/clients.js";
import { Guesses } from "../js/faults/matrix-row.js";
import { untilBack } from "../js/faults/measurement.js";
import { DeliveryRecord } from "../js/faults/outcome.js";
import { histogram } from "../js/faults/storm.js";
import { Gate } from "../js/gate/gate.js";
import { ByteCounter } from "../js/gate/lane-reports.js";
import { present } from "./present.js";

const FAULT = { began: 1_000, ended: 4_000 };
/** The measurement ends, and ids grow in the order of publication. */
const END = { at: 10_000, position: (n) => n };

/** Messages each half second, numbered by when they were published. */
const published = new Map(Array.from({ length: 16 }, (_, index) => [index * 500, index * 500]));

/** A client that got these messages, each so long after it was published. */
function record(fate) {
  const record = new DeliveryRecord();
  for (const n of published.keys()) {
    const took = fate(n);
    if (took !== undefined) record.message(n, n + took);
  }
  return record;
}

test("a client that gets everything at once is unharmed", () => {
  const outcome = record(() => 60).outcome(published, FAULT, END);
  const expected = {
    published: 16,
    missing: 0,
    duplicates: 0,
    detected: undefined,
    recovered: 60,
    slowest: 60,
    verdict: "whole",
  };
  assert.deepEqual(outcome, expected);
});

test("a client that gets some messages after the fault is late", () => {
  const client = record((n) => (n >= 1_000 && n < 4_000 ? 4_500 - n : 60));
  client.trouble(500);
  client.trouble(1_100);
  const { verdict, detected, recovered, slowest } = client.outcome(published, FAULT, END);
  assert.deepEqual([verdict, detected, recovered, slowest], ["late", 100, 60, 3_500]);
});

test("a recovered client without messages of the fault has lost some", () => {
  const { verdict, missing, recovered } = record((n) =>
    n >= 1_000 && n < 5_000 ? undefined : 60,
  ).outcome(published, FAULT, END);
  assert.deepEqual([verdict, missing, recovered], ["lost", 8, 1_060]);
});

test("a client that gets nothing after the fault is dead", () => {
  const { verdict, recovered } = record((n) => (n < 1_000 ? 60 : undefined)).outcome(
    published,
    FAULT,
    END,
  );
  assert.deepEqual([verdict, recovered], ["dead", undefined]);
});

test("a client that still receives in order at the end is behind", () => {
  // One message per second: at 10 s it has those that were published until 4.5 s.
  const client = record((n) => (n <= 4_500 ? n + 900 : undefined));
  const { verdict, missing, catchUp } = client.outcome(published, FAULT, END);
  assert.deepEqual([verdict, missing, catchUp], ["behind", 6, 6_000]);
  const stopped = client.outcome(published, FAULT, { ...END, at: 12_000 });
  assert.equal(stopped.verdict, "lost", "it received nothing for two seconds");
  const skipping = record((n) => (n <= 4_500 && n !== 3_000 ? n + 900 : undefined));
  assert.equal(skipping.outcome(published, FAULT, END).verdict, "lost");
});

test("the order of a burst is that of the history", () => {
  const client = record((n) => (n >= 500 && n <= 4_500 ? n + 900 : undefined));
  assert.equal(client.outcome(published, FAULT, END).verdict, "lost");
  // The first publication was accepted last.
  const position = (n) => n || 8_000;
  assert.equal(client.outcome(published, FAULT, { ...END, position }).verdict, "behind");
});

test("duplicates are only counted", () => {
  const client = record(() => 60);
  client.message(500, 9_000);
  const { duplicates, missing, verdict } = client.outcome(published, FAULT, END);
  assert.deepEqual([duplicates, missing, verdict], [1, 0, "whole"]);
});

test("a fault lasts as long as its scenario and affects the chosen lane", () => {
  const down = named("down");
  assert.deepEqual(faultsOf(down, "sse"), [
    { fault: "refuse", lane: "sse", for: 3 },
    { fault: "cut", lane: "sse" },
  ]);
  assert.deepEqual(faultsOf(down)[1], { fault: "cut" });
});

test("each scenario has an effect and ends within seconds", () => {
  for (const { faults, restart, burst, seconds } of FAULT_SCENARIOS)
    assert.ok((faults || restart || burst) && seconds <= 5);
});

test("the source of the naive clients is the code that runs", () => {
  for (const [name, word] of [
    ["longpoll", "fetch("],
    ["sse", "new EventSource("],
    ["ws", "new WebSocket("],
  ]) {
    assert.ok(String(naive[name]).includes(word));
  }
});

/** A gate that records its requests. */
function fakeGate() {
  const asked = [];
  const gate = new Gate(async (path, /** @type {RequestInit} */ { method, body } = {}) => {
    if (method !== "GET") asked.push([method, path, body && JSON.parse(String(body))]);
    return Response.json({ lanes: [], faults: [] });
  });
  return { gate, asked };
}

const named = (name) => present(FAULT_SCENARIOS.find((scenario) => scenario.name === name));

test("the gate's faults end by themselves", async () => {
  const { gate, asked } = fakeGate();
  const injector = new FaultInjector(gate, () => {});
  for (const scenario of FAULT_SCENARIOS) await injector.begin(scenario);
  const faults = asked.filter(([, path]) => path === "gate/faults").map(([, , fault]) => fault);
  for (const { fault, for: lasts } of faults) assert.ok(fault === "cut" || lasts > 0, fault);
});

test("a gate that hangs gets no further request until it responds", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const answers = [];
  const gate = new Gate(
    () => new Promise((resolve) => answers.push(() => resolve(Response.json({ lanes: [] })))),
  );
  const next = async () => {
    const answered = once(gate, "change");
    answers.at(-1)();
    await answered;
    // The next request is scheduled after the listeners of this response have run.
    await new Promise(setImmediate);
  };
  gate.watch();
  await next();
  for (let asks = 2; asks <= 4; asks += 1) {
    t.mock.timers.tick(500);
    t.mock.timers.tick(5_000);
    assert.equal(answers.length, asks);
    await next();
  }
});

test("a deployment restarts one or all services and marks their lanes", async () => {
  const { gate, asked } = fakeGate();
  const marks = [];
  const injector = new FaultInjector(gate, (lane, name, start, end) =>
    marks.push([lane, name, start <= end]),
  );
  await injector.begin(named("deploy"), "sse");
  assert.deepEqual(asked, [["POST", "services/sse/restart", undefined]]);
  await injector.begin(named("deploy"));
  assert.deepEqual(
    asked.slice(1).map(([, path]) => path),
    ["longpoll", "sse", "ws"].map((lane) => `services/${lane}/restart`),
  );
  assert.deepEqual(
    marks.map(([lane]) => lane),
    ["sse", "longpoll", "sse", "ws"],
  );
  assert.ok(marks.every(([, name, inOrder]) => name === "deploy" && inOrder));
});

test("a cut marks a moment in the lanes that it affects", async () => {
  const marks = [];
  await new FaultInjector(fakeGate().gate, (lane, name, start, end) =>
    marks.push([lane, name, end - start]),
  ).begin(named("cut"), "ws");
  assert.deepEqual(marks, [["ws", "cut", 0]]);
});

/** @returns {any} */
const result = (lane, missing, kind = "naive") => ({
  lane,
  kind,
  outcome: missing === undefined ? undefined : { missing },
});

test("a guess is judged by lane, and a new one replaces the old one", () => {
  const guesses = new Guesses();
  const results = [
    result("longpoll", 0),
    result("sse", 3),
    result("ws", 9),
    result("ws", 5, "robust"),
  ];
  assert.deepEqual(guesses.judge("cut", "sse ws", results), { right: 3, of: 3 });
  assert.deepEqual(guesses.judge("cut", "nobody", results), { right: 1, of: 3 });
  assert.deepEqual(
    guesses.judge("down", "longpoll", [result("longpoll", 1), result("sse"), result("ws", 0)]),
    { right: 2, of: 2 },
  );
  assert.deepEqual(guesses.tally, { right: 3, of: 5 });
});

test("each group of lanes can be guessed once", () => {
  const page = readFileSync(new URL("../index.html", import.meta.url), "utf8");
  const [, guess] = /<template id="guess">(.*?)<\/template>/s.exec(page) ?? [];
  const guesses = [...guess.matchAll(/value="(.*?)"/g)].map(([, lanes]) => lanes);
  const subsets = ["longpoll", "sse", "ws"].reduce(
    (all, lane) => [...all, ...all.map((lanes) => `${lanes} ${lane}`.trim())],
    [""],
  );
  assert.deepEqual(guesses.toSorted(), [...subsets, "none"].sort());
});

test("each connection of a storm is in one step, late ones in the last", () => {
  const counts = histogram([0, 3, 99, 100, 450, 999, 5_000]);
  assert.deepEqual(counts, [3, 1, 0, 0, 1, 0, 0, 0, 0, 2]);
});

test("a refusal of the gate is reported in its own words", async () => {
  const problem = { detail: "the faults are …" };
  const gate = new Gate(async () => Response.json(problem, { status: 400 }));
  await assert.rejects(gate.begin({ fault: "fire" }), { message: "the faults are …" });
});

test("bytes count since the page was opened, without suspended times", () => {
  const counter = new ByteCounter();
  assert.equal(counter.read("ws", 5_000), 0);
  assert.equal(counter.read("ws", 5_300), 300);
  counter.setSuspended(true);
  assert.equal(counter.read("ws", 9_000), 300);
  counter.setSuspended(false);
  assert.equal(counter.read("ws", 9_100), 400);
  assert.equal(counter.read("ws", 50), 400);
  assert.equal(counter.read("ws", 60), 410);
});

test("each active fault is named once, with its lanes, in order of start", () => {
  /** @returns {any} */
  const faults = (...all) => all.map(([id, fault]) => ({ id, fault, left: 3 }));
  const lanes = [
    { lane: "sse", faults: faults([4, "freeze"], [1, "latency"]) },
    { lane: "ws", faults: faults([2, "latency"], [3, "latency"]) },
  ];
  assert.deepEqual(active(lanes), [
    { fault: "latency", lanes: ["sse", "ws"] },
    { fault: "freeze", lanes: ["sse"] },
  ]);
  assert.deepEqual(active([{ lane: "ws", faults: [] }]), []);
});

test("a robust client in its last wait is waited for, a naive one is not", async () => {
  const [robust, naive] = [new DeliveryRecord(), new DeliveryRecord()];
  const clients = [
    { kind: "robust", record: robust },
    { kind: "naive", record: naive },
  ];
  robust.message(1, 50);
  const isBack = untilBack(clients, 100, new AbortController().signal);
  const received = isBack.then(() => robust.hasAnySince(100));
  setImmediate(() => robust.message(2, 150));
  assert.equal(await received, true);
  assert.equal(naive.hasAny, false);
});
