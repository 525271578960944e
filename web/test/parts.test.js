// The client's parts that know no network: the event stream's reader, the position, the ladder.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Climber } from "../js/trilane/climber.js";
import { EventStream } from "../js/trilane/event-stream.js";
import { Ladder } from "../js/trilane/ladder.js";
import { Position } from "../js/trilane/position.js";

const STREAM = ": hi\nretry: 5\r\ndata: one\n\nid: 1-2\revent: reset\rdata:two\rdata\rdata:  three\r\r:\nevent: lost\n\ndata: é\r\n\r\n";

test("an event stream is the same wherever its pieces end", () => {
  const expected = [
    { event: "message", data: "one" },
    { event: "reset", data: "two\n\n three" },
    { event: "message", data: "é" },
  ];
  for (let size = 1; size <= STREAM.length; size += 1) {
    const stream = new EventStream();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size) events.push(...stream.push(STREAM.slice(at, at + size)));
    assert.deepEqual([events, stream.retry], [expected, 5], `pieces of ${size}`);
  }
});

test("an event that is not complete is none yet", () => {
  const stream = new EventStream();
  assert.deepEqual(stream.push("data: half\n"), []);
  assert.deepEqual(stream.push("\n"), [{ event: "message", data: "half" }]);
});

test("a position takes the next message and no other", () => {
  const position = new Position("1-5");
  assert.deepEqual(["1-5", "1-1", "1-7", "2-6", "x", "1-6"].map((id) => position.accept(id)), [
    "duplicate",
    "duplicate",
    "hole",
    "hole",
    "hole",
    "next",
  ]);
  assert.equal(position.cursor, "1-6");
});

test("a position that knows nothing yet begins where it is told, or with the first message", () => {
  const told = new Position("0");
  assert.ok(told.begin("1-3"));
  assert.equal(told.begin("1-9"), false);
  assert.deepEqual([told.accept("1-5"), told.accept("1-4")], ["hole", "next"]);
  const untold = new Position();
  assert.deepEqual([untold.accept("1-5"), untold.accept("1-7")], ["next", "hole"]);
});

test("after a reset it goes on from the cursor that the reset names", () => {
  const position = new Position("1-5");
  position.reset({ cursor: "2-2" });
  assert.deepEqual([position.cursor, position.accept("2-4"), position.accept("2-3")], ["2-2", "hole", "next"]);
});

test("a ladder goes down after two failures, at once where there is no hope, and round after the last", () => {
  const ladder = new Ladder(["ws", "sse", "longpoll"]);
  assert.deepEqual([ladder.failed(), ladder.current], [false, "ws"]);
  assert.deepEqual([ladder.failed(), ladder.current], [true, "sse"]);
  assert.deepEqual([ladder.failed(true), ladder.current, ladder.better], [true, "longpoll", ["ws", "sse"]]);
  assert.deepEqual([ladder.failed(true), ladder.current], [false, "ws"]);
});

test("a ladder forgets a failure when it worked, and what is not to be tried", () => {
  const ladder = new Ladder(["ws", "sse"]);
  ladder.failed();
  ladder.worked();
  assert.equal(ladder.failed(), false);
  ladder.remove("ws");
  assert.equal(ladder.current, "sse");
  ladder.remove("sse");
  assert.ok(ladder.isEmpty);
});

test("climbs become rarer until the best one has worked", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const climber = new Climber(30, () => 0);
  let climbs = 0;
  const climb = () => void (climbs += 1);
  for (const [wait, expected] of [[30, 1], [59, 1], [1, 2]]) {
    if (wait !== 1) climber.plan(climb);
    t.mock.timers.tick(wait);
    assert.equal(climbs, expected);
  }
  climber.forget();
  climber.plan(climb);
  t.mock.timers.tick(30);
  assert.equal(climbs, 3);
});
