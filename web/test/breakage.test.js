// What is asked of the gate, and what is concluded from what clients saw.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Breaker } from "../js/breakage/breaker.js";
import { BREAKAGES, faultsOf } from "../js/breakage/faults.js";
import { naive } from "../js/breakage/clients.js";
import { Witness } from "../js/breakage/outcome.js";
import { Gate } from "../js/gate.js";
import { Wire } from "../js/wire.js";

const FAULT = { began: 1_000, ended: 4_000 };

/** Messages each half second, numbered by when they were published. */
const published = new Map(Array.from({ length: 16 }, (_, index) => [index * 500, index * 500]));

/** A client that got these messages, each so long after it was published. */
function witness(fate) {
  const witness = new Witness();
  for (const n of published.keys()) {
    const took = fate(n);
    if (took !== undefined) witness.message(n, n + took);
  }
  return witness;
}

test("who gets everything at once is unharmed", () => {
  const outcome = witness(() => 60).outcome(published, FAULT);
  const expected = { missing: 0, duplicates: 0, detected: undefined, recovered: 60, slowest: 60, verdict: "whole" };
  assert.deepEqual(outcome, expected);
});

test("who gets everything, but some of it after the fault, is late", () => {
  const client = witness((n) => (n >= 1_000 && n < 4_000 ? 4_500 - n : 60));
  client.trouble(500);
  client.trouble(1_100);
  const { verdict, detected, recovered, slowest } = client.outcome(published, FAULT);
  assert.deepEqual([verdict, detected, recovered, slowest], ["late", 100, 60, 3_500]);
});

test("who is back but lacks what was published meanwhile has lost it", () => {
  const { verdict, missing, recovered } = witness((n) => (n >= 1_000 && n < 5_000 ? undefined : 60)).outcome(published, FAULT);
  assert.deepEqual([verdict, missing, recovered], ["lost", 8, 1_060]);
});

test("who gets nothing after the fault is dead, whatever it had before", () => {
  const { verdict, recovered } = witness((n) => (n < 1_000 ? 60 : undefined)).outcome(published, FAULT);
  assert.deepEqual([verdict, recovered], ["dead", undefined]);
});

test("what comes twice is counted and nothing else", () => {
  const client = witness(() => 60);
  client.message(500, 9_000);
  const { duplicates, missing, verdict } = client.outcome(published, FAULT);
  assert.deepEqual([duplicates, missing, verdict], [1, 0, "whole"]);
});

test("a fault lasts as long as its breakage and hits the lane that was chosen; a cut is over at once", () => {
  const down = BREAKAGES.find(({ name }) => name === "down");
  assert.deepEqual(faultsOf(down, "sse"), [{ fault: "refuse", lane: "sse", for: 3 }, { fault: "cut", lane: "sse" }]);
  assert.deepEqual(faultsOf(down)[1], { fault: "cut" });
});

test("each breakage does something and is over within seconds", () => {
  for (const { faults, link, burst, seconds } of BREAKAGES) {
    assert.ok((faults || link || burst) && seconds <= 5);
    if (link) assert.ok(seconds > 0, "a link that is never given back");
  }
});

test("what is shown of the naive clients is what runs", () => {
  for (const [name, word] of [["longpoll", "fetch("], ["sse", "new EventSource("], ["ws", "new WebSocket("]]) {
    assert.ok(String(naive[name]).includes(word));
  }
});

/** A gate that keeps what it was asked. */
function fakeGate() {
  const asked = [];
  const down = { delay: 50, jitter: 0, bandwidth: null };
  const lanes = ["longpoll", "sse", "ws"].map((lane) => ({ lane, link: { up: { ...down }, down: { ...down } }, faults: [] }));
  const gate = new Gate(async (path, { method, body }) => {
    const given = body && JSON.parse(body);
    asked.push([method, path, given]);
    const { lane: only, ...link } = given ?? {};
    if (path === "gate/link") for (const { lane, link: was } of lanes) if (!only || only === lane) Object.assign(was.down, link);
    return Response.json({ lanes: structuredClone(lanes), faults: [] });
  });
  return { gate, asked };
}

test("a slow link is given back when its time is over, and at once when everything is mended", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { gate } = fakeGate();
  await gate.refresh();
  const marks = [];
  const breaker = new Breaker(gate, (...mark) => marks.push(mark));
  const slow = BREAKAGES.find(({ name }) => name === "latency");
  await breaker.begin(slow, "sse");
  assert.deepEqual([gate.lane("sse")?.link.down.delay, gate.lane("ws")?.link.down.delay], [400, 50]);
  assert.deepEqual(marks, [["sse", "latency", 4]]);
  t.mock.timers.tick(4_000);
  for (let turn = 0; turn < 10; turn += 1) await null;
  await gate.refresh();
  assert.equal(gate.lane("sse")?.link.down.delay, 50);
  await breaker.begin(slow);
  await breaker.begin(slow);
  await breaker.mend();
  assert.deepEqual(gate.lanes.map(({ link }) => link.down.delay), [50, 50, 50]);
});

test("what the gate refuses is told in its own words", async () => {
  const gate = new Gate(async () => Response.json({ detail: "the faults are …" }, { status: 400 }));
  await assert.rejects(gate.begin({ fault: "fire" }), { message: "the faults are …" });
});

test("bytes count from when the page was opened, without what was counted while it rested, and over a gate's restart", () => {
  const wire = new Wire();
  assert.equal(wire.read("ws", 5_000), 0);
  assert.equal(wire.read("ws", 5_300), 300);
  wire.rest(true);
  assert.equal(wire.read("ws", 9_000), 300);
  wire.rest(false);
  assert.equal(wire.read("ws", 9_100), 400);
  assert.equal(wire.read("ws", 50), 400);
  assert.equal(wire.read("ws", 60), 410);
});
