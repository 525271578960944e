// The parts of the client without a network: the stream parser, the delivery cursor, the fallback
// order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FallbackOrder, UpgradeTimer } from "../js/trilane/fallback-order.js";
import { EventStream } from "../js/trilane/transports/sse.js";
import { DeliveryCursor } from "../js/trilane/cursor.js";

const STREAM =
  ": hi\nretry: 5\r\ndata: one\n\nid: 1-2\revent: reset\rdata:two\rdata\rdata:  " +
  "three\r\r:\nevent: lost\n\ndata: é\r\n\r\n";

test("an event stream is parsed the same wherever it is split", () => {
  const expected = [
    { event: "message", data: "one" },
    { event: "reset", data: "two\n\n three" },
    { event: "message", data: "é" },
  ];
  for (let size = 1; size <= STREAM.length; size += 1) {
    const stream = new EventStream();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size)
      events.push(...stream.push(STREAM.slice(at, at + size)));
    assert.deepEqual([events, stream.retry], [expected, 5], `pieces of ${size}`);
  }
});

test("an incomplete event is not reported", () => {
  const stream = new EventStream();
  assert.deepEqual(stream.push("data: half\n"), []);
  assert.deepEqual(stream.push("\n"), [{ event: "message", data: "half" }]);
});

test("the delivery cursor accepts the next message and no other", () => {
  const delivery = new DeliveryCursor("1-5");
  const verdicts = ["1-5", "1-1", "1-7", "2-6", "x", "1-6"].map((id) => delivery.accept(id));
  assert.deepEqual(verdicts, ["duplicate", "duplicate", "gap", "gap", "gap", "next"]);
  assert.equal(delivery.cursor, "1-6");
});

test("an empty delivery cursor starts where it is told, or at the first message", () => {
  const told = new DeliveryCursor("0");
  assert.ok(told.startAt("1-3"));
  assert.equal(told.startAt("1-9"), false);
  assert.deepEqual([told.accept("1-5"), told.accept("1-4")], ["gap", "next"]);
  const untold = new DeliveryCursor();
  assert.deepEqual([untold.accept("1-5"), untold.accept("1-7")], ["next", "gap"]);
});

test("after a reset the delivery cursor continues at the reset's cursor", () => {
  const delivery = new DeliveryCursor("1-5");
  delivery.reset({ cursor: "2-2" });
  assert.deepEqual(
    [delivery.cursor, delivery.accept("2-4"), delivery.accept("2-3")],
    ["2-2", "gap", "next"],
  );
});

test("two failures, or one late opening, lead to the next transport", () => {
  const order = new FallbackOrder(["ws", "sse", "longpoll"]);
  assert.deepEqual([order.recordFailure(), order.current], [false, "ws"]);
  assert.deepEqual([order.recordFailure(), order.current], [true, "sse"]);
  assert.deepEqual(
    [order.recordFailure(true), order.current, order.better],
    [true, "longpoll", ["ws", "sse"]],
  );
  assert.deepEqual([order.recordFailure(true), order.current], [false, "ws"]);
});

test("a success clears the failures, and a removed transport is not tried", () => {
  const order = new FallbackOrder(["ws", "sse"]);
  order.recordFailure();
  order.recordSuccess();
  assert.equal(order.recordFailure(), false);
  order.remove("ws");
  assert.equal(order.current, "sse");
  order.remove("sse");
  assert.ok(order.isEmpty);
});

test("upgrades become rarer until the best transport has worked", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const timer = new UpgradeTimer(30, () => 0);
  let upgrades = 0;
  const upgrade = () => void (upgrades += 1);
  for (const [wait, expected] of [
    [30, 1],
    [59, 1],
    [1, 2],
  ]) {
    if (wait !== 1) timer.schedule(upgrade);
    t.mock.timers.tick(wait);
    assert.equal(upgrades, expected);
  }
  timer.reset();
  timer.schedule(upgrade);
  t.mock.timers.tick(30);
  assert.equal(upgrades, 3);
});
