// What is asked of the gate, and what is concluded from what clients saw.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { active } from "../js/faults/active-faults.js";
import { FaultInjector } from "../js/faults/fault-injector.js";
import { FAULT_SCENARIOS, faultsOf } from "../js/faults/scenarios.js";
import { naive } from "../js/faults/clients.js";
import { GUESSES, Guesses } from "../js/faults/guesses.js";
import { DeliveryRecord } from "../js/faults/outcome.js";
import { histogram } from "../js/faults/storm-histogram.js";
import { Gate } from "../js/gate/gate.js";
import { ByteCounter } from "../js/gate/byte-counter.js";

const FAULT = { began: 1_000, ended: 4_000 };

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

test("who gets everything at once is unharmed", () => {
  const outcome = record(() => 60).outcome(published, FAULT);
  const expected = { missing: 0, duplicates: 0, detected: undefined, recovered: 60, slowest: 60, verdict: "whole" };
  assert.deepEqual(outcome, expected);
});

test("who gets everything, but some of it after the fault, is late", () => {
  const client = record((n) => (n >= 1_000 && n < 4_000 ? 4_500 - n : 60));
  client.trouble(500);
  client.trouble(1_100);
  const { verdict, detected, recovered, slowest } = client.outcome(published, FAULT);
  assert.deepEqual([verdict, detected, recovered, slowest], ["late", 100, 60, 3_500]);
});

test("who is back but lacks what was published meanwhile has lost it", () => {
  const { verdict, missing, recovered } = record((n) => (n >= 1_000 && n < 5_000 ? undefined : 60)).outcome(published, FAULT);
  assert.deepEqual([verdict, missing, recovered], ["lost", 8, 1_060]);
});

test("who gets nothing after the fault is dead, whatever it had before", () => {
  const { verdict, recovered } = record((n) => (n < 1_000 ? 60 : undefined)).outcome(published, FAULT);
  assert.deepEqual([verdict, recovered], ["dead", undefined]);
});

test("what comes twice is counted and nothing else", () => {
  const client = record(() => 60);
  client.message(500, 9_000);
  const { duplicates, missing, verdict } = client.outcome(published, FAULT);
  assert.deepEqual([duplicates, missing, verdict], [1, 0, "whole"]);
});

test("a fault lasts as long as its scenario and hits the lane that was chosen; a cut is over at once", () => {
  const down = FAULT_SCENARIOS.find(({ name }) => name === "down");
  assert.deepEqual(faultsOf(down, "sse"), [{ fault: "refuse", lane: "sse", for: 3 }, { fault: "cut", lane: "sse" }]);
  assert.deepEqual(faultsOf(down)[1], { fault: "cut" });
});

test("each scenario does something and is over within seconds", () => {
  for (const { faults, restart, burst, seconds } of FAULT_SCENARIOS) assert.ok((faults || restart || burst) && seconds <= 5);
});

test("what is shown of the naive clients is what runs", () => {
  for (const [name, word] of [["longpoll", "fetch("], ["sse", "new EventSource("], ["ws", "new WebSocket("]]) {
    assert.ok(String(naive[name]).includes(word));
  }
});

/** A gate that keeps what it was asked. */
function fakeGate() {
  const asked = [];
  const gate = new Gate(async (path, { method, body }) => {
    if (method !== "GET") asked.push([method, path, body && JSON.parse(body)]);
    return Response.json({ lanes: [], faults: [] });
  });
  return { gate, asked };
}

const named = (name) => FAULT_SCENARIOS.find((scenario) => scenario.name === name);

test("what the gate is told to break ends by itself, whatever becomes of the page", async () => {
  const { gate, asked } = fakeGate();
  const injector = new FaultInjector(gate, () => {});
  for (const scenario of FAULT_SCENARIOS) await injector.begin(scenario);
  const faults = asked.filter(([, path]) => path === "gate/faults").map(([, , fault]) => fault);
  for (const { fault, for: lasts } of faults) assert.ok(fault === "cut" || lasts > 0, fault);
});

test("a gate that hangs is asked once, and again when it has answered", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const answers = [];
  const gate = new Gate(() => new Promise((resolve) => answers.push(() => resolve(Response.json({ lanes: [] })))));
  const next = async () => {
    const answered = once(gate, "change");
    answers.at(-1)();
    await answered;
    // The next question is planned when whoever listens to this one has been told.
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

test("a deployment restarts one service, or all at once, and is a band in their lanes", async () => {
  const { gate, asked } = fakeGate();
  const marks = [];
  const injector = new FaultInjector(gate, (lane, name, start, end) => marks.push([lane, name, start <= end]));
  await injector.begin(named("deploy"), "sse");
  assert.deepEqual(asked, [["POST", "services/sse/restart", undefined]]);
  await injector.begin(named("deploy"));
  assert.deepEqual(asked.slice(1).map(([, path]) => path), ["longpoll", "sse", "ws"].map((lane) => `services/${lane}/restart`));
  assert.deepEqual(marks.map(([lane]) => lane), ["sse", "longpoll", "sse", "ws"]);
  assert.ok(marks.every(([, name, inOrder]) => name === "deploy" && inOrder));
});

test("a cut is a moment in the lanes that it hits", async () => {
  const marks = [];
  await new FaultInjector(fakeGate().gate, (lane, name, start, end) => marks.push([lane, name, end - start])).begin(named("cut"), "ws");
  assert.deepEqual(marks, [["ws", "cut", 0]]);
});

const result = (lane, missing, kind = "naive") => ({ lane, kind, outcome: missing === undefined ? undefined : { missing } });

test("a guess is judged lane by lane, on the naive clients that opened; a new one takes the place of the old", () => {
  const guesses = new Guesses();
  const results = [result("longpoll", 0), result("sse", 3), result("ws", 9), result("ws", 5, "robust")];
  assert.deepEqual(guesses.judge("cut", "sse ws", results), { right: 3, of: 3 });
  assert.deepEqual(guesses.judge("cut", "nobody", results), { right: 1, of: 3 });
  assert.deepEqual(guesses.judge("down", "longpoll", [result("longpoll", 1), result("sse"), result("ws", 0)]), { right: 2, of: 2 });
  assert.deepEqual(guesses.tally, { right: 3, of: 5 });
  assert.equal(new Set(GUESSES).size, GUESSES.length);
});

test("each accepted connection of a storm is in one step, and late ones in the last", () => {
  const counts = histogram([0, 3, 99, 100, 450, 999, 5_000]);
  assert.deepEqual(counts, [3, 1, 0, 0, 1, 0, 0, 0, 0, 2]);
});

test("what the gate refuses is told in its own words", async () => {
  const gate = new Gate(async () => Response.json({ detail: "the faults are …" }, { status: 400 }));
  await assert.rejects(gate.begin({ fault: "fire" }), { message: "the faults are …" });
});

test("bytes count from when the page was opened, without what was counted while it rested, and over a gate's restart", () => {
  const wire = new ByteCounter();
  assert.equal(wire.read("ws", 5_000), 0);
  assert.equal(wire.read("ws", 5_300), 300);
  wire.rest(true);
  assert.equal(wire.read("ws", 9_000), 300);
  wire.rest(false);
  assert.equal(wire.read("ws", 9_100), 400);
  assert.equal(wire.read("ws", 50), 400);
  assert.equal(wire.read("ws", 60), 410);
});

test("all that is broken is named once, with its lanes, in the order in which it began", () => {
  const faults = (...all) => all.map(([id, fault]) => ({ id, fault, left: 3 }));
  const lanes = [{ lane: "sse", faults: faults([4, "freeze"], [1, "latency"]) }, { lane: "ws", faults: faults([2, "latency"], [3, "latency"]) }];
  assert.deepEqual(active(lanes), [{ fault: "latency", lanes: ["sse", "ws"] }, { fault: "freeze", lanes: ["sse"] }]);
  assert.deepEqual(active([{ lane: "ws", faults: [] }]), []);
});
