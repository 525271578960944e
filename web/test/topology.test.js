// What the page knows of the readers of a topology.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../js/topology/ledger.js";
import { placed } from "../js/topology/placed.js";
import { LATE_MS, Reader } from "../js/topology/reader.js";
import { seat } from "../js/topology/seats.js";
import { Topology } from "../js/topology/topology.js";

test("a process keeps its seat, and whoever comes takes one that is free", () => {
  const empty = [undefined, undefined];
  assert.deepEqual(seat(empty, [7, 9]), [7, 9]);
  assert.deepEqual(seat([7, 9], [9]), [undefined, 9]);
  assert.deepEqual(seat([undefined, 9], [9, 12]), [12, 9]);
  assert.deepEqual(seat([7, 9], [9, 12]), [12, 9]);
  assert.deepEqual(seat([7, 9], [3, 7, 9]), [7, 9, 3]);
  assert.deepEqual(seat([7], []), [undefined]);
});

test("a message is complete when it is accepted and every reader has it, in whatever order", () => {
  const [one, other] = [{ cursor: "1-2" }, { cursor: "1-1" }];
  const ledger = new Ledger(2);
  ledger.receive(one, "1-1");
  ledger.accept("1-1");
  assert.deepEqual([ledger.accepted, ledger.complete], [1, 0]);
  ledger.receive(other, "1-1");
  ledger.receive(one, "1-2");
  ledger.accept("1-2");
  assert.deepEqual([ledger.accepted, ledger.complete], [2, 1]);
});

test("what a reader has not yet is missing only if the reader goes on behind it", () => {
  const [one, other] = [{ cursor: "1-4" }, { cursor: "1-4" }];
  const ledger = new Ledger(2);
  ledger.receive(one, "1-5");
  ledger.accept("1-5");
  assert.equal(ledger.missing([one, other]), 0);
  other.cursor = "1-6";
  assert.equal(ledger.missing([one, other]), 1);
  // Another log, as after a reset.
  other.cursor = "2-0";
  assert.equal(ledger.missing([one, other]), 1);
  ledger.receive(other, "1-5");
  assert.equal(ledger.missing([one, other]), 0);
});

class Socket extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
  }
}

test("a socket asks who has it, and tells what its first frame says", () => {
  const told = [];
  const Placed = placed((place) => told.push(place), /** @type {any} */ (Socket));
  const socket = new Placed("ws://service/ws?channel=c");
  assert.equal(socket.url, "ws://service/ws?channel=c&worker=true");
  const frame = (data) => socket.dispatchEvent(new MessageEvent("message", { data }));
  frame('{"hello":{"cursor":"1-0","worker":2,"pid":41}}');
  frame('{"id":"1-1","message":5}');
  assert.deepEqual(told, [{ cursor: "1-0", worker: 2, pid: 41 }]);
});

test("a reader is out without a place, and late when it had nothing new for long", () => {
  const hear = { message() {}, duplicate() {}, reset() {}, moved() {} };
  globalThis.WebSocket ??= /** @type {any} */ (Socket);
  const reader = new Reader({ url: "http://service", channel: "c" }, hear);
  reader.close();
  assert.equal(reader.condition(0), "out");
  reader.place = { pid: 41, worker: 1 };
  assert.equal(reader.condition(1e6), "fresh");
  reader.newest = 1_000;
  assert.equal(reader.condition(1_000 + LATE_MS), "fresh");
  assert.equal(reader.condition(1_001 + LATE_MS), "late");
});

test("what the page's server refuses is said in its words, and what runs is seated", async () => {
  const asked = [];
  const answers = [
    { status: 503, body: { detail: "install redis-server" } },
    { status: 200, body: { port: 1, no_processes: null, running: { layout: "processes", workers: 2, pids: [3, 4] } } },
  ];
  const fetch = async (path, { method, body }) => {
    asked.push(`${method} ${path} ${body ?? ""}`);
    const { status, body: answer } = answers.shift();
    return Response.json(answer, { status });
  };
  const topology = new Topology({ url: "http://service", channel: "c" }, /** @type {any} */ (fetch));
  await assert.rejects(topology.start("processes", 2), /install redis-server/);
  await topology.refresh();
  assert.deepEqual(topology.seats, [3, 4]);
  assert.equal(topology.crowd, undefined);
  assert.deepEqual(asked, ['POST topology {"layout":"processes","workers":2}', "GET topology "]);
});
