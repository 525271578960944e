// The subscribers of a topology, as the page tracks them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Topology, assignSlots, burn } from "../js/topology/topology.js";
import { DeliveryLedger } from "../js/topology/subscriber-group.js";
import { LATE_MS, Subscriber, workerSocket } from "../js/topology/subscriber.js";
import { until } from "./virtual-clock.js";
import { present } from "./present.js";

test("a process keeps its slot, and a new one takes a free slot", () => {
  const empty = [undefined, undefined];
  assert.deepEqual(assignSlots(empty, [7, 9]), [7, 9]);
  assert.deepEqual(assignSlots([7, 9], [9]), [undefined, 9]);
  assert.deepEqual(assignSlots([undefined, 9], [9, 12]), [12, 9]);
  assert.deepEqual(assignSlots([7, 9], [9, 12]), [12, 9]);
  assert.deepEqual(assignSlots([7, 9], [3, 7, 9]), [7, 9, 3]);
  assert.deepEqual(assignSlots([7], []), [undefined]);
});

test("a message is complete when it is accepted and every subscriber has it", () => {
  const [one, other] = [{ cursor: "1-2" }, { cursor: "1-1" }];
  const ledger = new DeliveryLedger(2);
  ledger.receive(one, "1-1");
  ledger.accept("1-1");
  assert.deepEqual([ledger.accepted, ledger.complete], [1, 0]);
  ledger.receive(other, "1-1");
  ledger.receive(one, "1-2");
  ledger.accept("1-2");
  assert.deepEqual([ledger.accepted, ledger.complete], [2, 1]);
});

test("a message is missing only if the subscriber's cursor is past it", () => {
  const [one, other] = [{ cursor: "1-4" }, { cursor: "1-4" }];
  const ledger = new DeliveryLedger(2);
  ledger.receive(one, "1-5");
  ledger.accept("1-5");
  const missing = () => (ledger.look([one, other]), ledger.missing);
  assert.equal(missing(), 0);
  other.cursor = "1-6";
  assert.equal(missing(), 1);
  ledger.accept("1-7");
  // Another history, as after a reset: one subscriber may still get a message that the other
  // cannot.
  other.cursor = "2-0";
  assert.equal(missing(), 2);
  ledger.receive(one, "1-7");
  one.cursor = "2-0";
  assert.deepEqual([missing(), ledger.complete, ledger.remembered], [2, 0, 0]);
});

test("a late confirmation is counted correctly", () => {
  const [one, other] = [{ cursor: "1-9" }, { cursor: "1-9" }];
  const ledger = new DeliveryLedger(2);
  for (const subscriber of [one, other]) ledger.receive(subscriber, "1-8");
  ledger.receive(one, "1-9");
  ledger.look([one, other]);
  assert.deepEqual([ledger.complete, ledger.missing], [0, 0]);
  ledger.accept("1-8");
  ledger.accept("1-9");
  ledger.look([one, other]);
  assert.deepEqual([ledger.complete, ledger.missing, ledger.remembered], [1, 1, 0]);
});

test("unconfirmed and missing messages need bounded memory", () => {
  const [one, other] = [{ cursor: "1-0" }, { cursor: "1-0" }];
  const ledger = new DeliveryLedger(2);
  for (let n = 1; n <= 8 * 3_600; n += 1) {
    one.cursor = other.cursor = `1-${n}`;
    ledger.receive(one, one.cursor);
    if (n % 2) ledger.accept(one.cursor);
    ledger.look([one, other]);
  }
  assert.equal(ledger.missing, 4 * 3_600);
  assert.ok(ledger.remembered <= 1_000, String(ledger.remembered));
});

class Socket extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
  }
}

test("a worker socket reports the worker of its first frame", () => {
  const reported = [];
  const WorkerSocket = workerSocket((worker) => reported.push(worker), /** @type {any} */ (Socket));
  const socket = new WorkerSocket("ws://service/ws?channel=c");
  assert.equal(socket.url, "ws://service/ws?channel=c&worker=true");
  const frame = (data) => socket.dispatchEvent(new MessageEvent("message", { data }));
  frame('{"hello":{"cursor":"1-0","worker":2,"pid":41}}');
  frame('{"id":"1-1","message":5}');
  assert.deepEqual(reported, [{ cursor: "1-0", worker: 2, pid: 41 }]);
});

test("a subscriber without a worker is disconnected, and late without new messages", () => {
  const callbacks = { message() {}, duplicate() {}, reset() {}, onMove() {} };
  globalThis.WebSocket ??= /** @type {any} */ (Socket);
  const subscriber = new Subscriber({ url: "http://service", channel: "c" }, callbacks);
  subscriber.close();
  assert.equal(subscriber.condition(0), "disconnected");
  subscriber.servedBy = { pid: 41, worker: 1 };
  assert.equal(subscriber.condition(1e6), "current");
  subscriber.newest = 1_000;
  assert.equal(subscriber.condition(1_000 + LATE_MS), "current");
  assert.equal(subscriber.condition(1_001 + LATE_MS), "late");
});

test("a refusal is reported in the server's words", async () => {
  const asked = [];
  const answers = [
    { status: 503, body: { detail: "install redis-server" } },
    {
      status: 200,
      body: {
        port: 1,
        no_processes: null,
        running: { layout: "processes", workers: 2, pids: [3, 4] },
      },
    },
  ];
  const fetch = async (path, { method, body }) => {
    asked.push(`${method} ${path} ${body ?? ""}`);
    const { status, body: answer } = present(answers.shift());
    return Response.json(answer, { status });
  };
  const topology = new Topology(
    { url: "http://service", channel: "c" },
    /** @type {any} */ (fetch),
  );
  await assert.rejects(topology.start("processes", 2), /install redis-server/);
  await topology.refresh();
  assert.deepEqual(topology.slots, [3, 4]);
  assert.equal(topology.group, undefined);
  assert.deepEqual(asked, ['POST topology {"layout":"processes","workers":2}', "GET topology "]);
});

test("concurrent refreshes share one request", async () => {
  const asked = [];
  const fetch = () =>
    new Promise((answer) =>
      asked.push(() => answer(Response.json({ port: 1, no_processes: null, running: null }))),
    );
  const topology = new Topology(
    { url: "http://service", channel: "c" },
    /** @type {any} */ (fetch),
  );
  const questions = [1, 2, 3].map(() => topology.refresh());
  assert.equal(asked.length, 1);
  asked[0]();
  await Promise.all(questions);
  const again = topology.refresh();
  assert.equal(asked.length, 2);
  asked[1]();
  await again;
});

/** A service that computes at the given speed, and its requests. */
function counting(speed, noResult = false) {
  const asked = [];
  /** @type {any[]} */
  const messages = [
    { message: { task: "other", primes_below: 5, millis: 1 } },
    { message: { task: "task 1", progress: 0.5 } },
  ];
  const fetch = async (address, { method, body }) => {
    asked.push(`${method} ${address}`);
    if (method === "GET")
      return Response.json({ messages: noResult ? [] : messages, cursor: "1-9" });
    const { primes_below } = JSON.parse(body);
    asked.push(primes_below);
    const task = `task ${asked.filter(Number).length}`;
    messages.push({
      message: { task, primes_below, count: 1, millis: Math.round(primes_below / speed) },
    });
    return Response.json({ task }, { status: 202 });
  };
  return { asked, fetch };
}

test("a computation takes the same time on any processor, in one task", async () => {
  for (const speed of [1_000_000, 40_000]) {
    const { asked, fetch } = counting(speed);
    const took = await burn(
      { url: "http://service", channel: "c" },
      true,
      /** @type {any} */ (fetch),
      new AbortController().signal,
    );
    assert.equal(took, 3_500);
    assert.deepEqual(asked, [
      "POST http://service/tasks?channel=c-tasks&inline=true",
      50_000_000,
      "GET http://service/messages?channel=c-tasks&after=0",
      "POST http://service/tasks?channel=c-tasks&inline=true",
      3_500 * speed,
      "GET http://service/messages?channel=c-tasks&after=0",
    ]);
  }
});

test("polling for a cancelled result stops", async () => {
  const { asked, fetch } = counting(1_000_000, true);
  const ending = new AbortController();
  const burning = burn(
    { url: "http://service", channel: "c" },
    false,
    /** @type {any} */ (fetch),
    ending.signal,
  );
  await until(() => asked.includes("GET http://service/messages?channel=c-tasks&after=0"));
  ending.abort();
  await assert.rejects(burning, { name: "AbortError" });
  assert.equal(asked.length, 3);
});
