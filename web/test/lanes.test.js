// The data behind the timelines: ring buffers, traces, the selected message, freshness, the knee,
// fault bands, recent messages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bandLabels } from "../js/lanes/view/marks.js";
import { FaultBands, KEPT_MS, KINDS, Trace, secondsBack } from "../js/lanes/trace.js";
import { lastInterruption } from "../js/guide/aftermath.js";
import { BytesPerMessage, Freshness, SteadyWindow } from "../js/lanes/figures.js";
import { RecentMessages, Selection, inspect, nearest } from "../js/lanes/inspection.js";
import { MIN_MESSAGES, Knee } from "../js/lanes/knee.js";
import { Lane } from "../js/lanes/lane.js";
import { RingBuffer } from "../js/shared/bounded.js";

test("a ring buffer keeps the newest rows in order", () => {
  const ring = new RingBuffer(["at", "n"], 3_000);
  for (let at = 0; at < 10_000; at += 1) {
    ring.push({ at, n: -at });
    if (at % 7 === 0) ring.drop(1);
  }
  assert.equal(ring.length, 3_000);
  const rows = Array.from({ length: ring.length }, (_, index) => ring.row(index));
  assert.deepEqual(rows.at(-1), { at: 9_999, n: -9_999 });
  for (const [index, row] of rows.slice(1).entries())
    assert.deepEqual(row, { at: rows[index].at + 1, n: rows[index].n - 1 });
});

test("a ring buffer finds the first row that is not below a value", () => {
  const ring = new RingBuffer(["at"], 4);
  for (const at of [1, 2, 3, 5, 5, 8]) ring.push({ at });
  assert.deepEqual(
    [0, 5, 6, 8, 9].map((at) => ring.first("at", at)),
    [0, 1, 3, 3, 4],
  );
  assert.deepEqual(ring.range("at", 5, 8), [1, 3]);
  assert.deepEqual([ring.range("at", 6, 7), ring.range("at", 8, 5)], [[3, 3], [3, 3]]);
});

test("a trace drops old entries, but not an open request", () => {
  const trace = new Trace();
  trace.begin(0);
  for (let at = 0; at <= 3 * KEPT_MS; at += 1_000) trace.add({ at, kind: "next" });
  assert.deepEqual([trace.requests.length, trace.arrivals.length], [1, KEPT_MS / 1_000 + 1]);
  trace.begin(3 * KEPT_MS);
  assert.equal(trace.requests.get(0, "end"), 3 * KEPT_MS);
  trace.begin(5 * KEPT_MS);
  assert.equal(trace.requests.get(0, "start"), 3 * KEPT_MS);
});

test("an hour at the highest rate does not fill the memory", () => {
  const trace = new Trace();
  for (let at = 0; at < 3_600_000; at += 5) trace.add({ at, kind: "next" });
  assert.equal(trace.arrivals.length, KEPT_MS / 5 + 1);
});

test("a gap is drawn only as long as its messages are missing", () => {
  const lane = new Lane("longpoll", "http://longpoll");
  const receive = (offset) =>
    lane.receive({ id: `1-${offset}`, channel: "main", message: {}, time: 0 }, offset, "page");
  const gaps = () =>
    Array.from({ length: lane.trace.arrivals.length }, (_, index) => lane.trace.arrivals.row(index))
      .filter(({ kind }) => KINDS[kind] === "gap")
      .map(({ offset, missing }) => [offset, missing]);
  for (const offset of [1, 4, 5, 7, 8]) receive(offset);
  assert.deepEqual(gaps(), [
    [4, 2],
    [7, 1],
  ]);
  receive(3);
  receive(6);
  assert.deepEqual(gaps(), [[4, 1]]);
  receive(2);
  assert.deepEqual(gaps(), []);
});

test("the timeline goes back to the first span of the page, and ten minutes at most", () => {
  const back = (age) => secondsBack(age);
  assert.deepEqual([3_000, 20_000, 20_100, 3_600_000].map(back), [1, 10, 11, 590]);
  assert.equal(secondsBack(20_000, 2_000), 18);
});

test("silence counts only while the lane is open", () => {
  const trace = new Trace();
  assert.equal(trace.silence(0, 10_000), undefined);
  trace.setOpen(true, 1_000);
  trace.add({ at: 1_500, kind: "next" });
  trace.setOpen(false, 2_000);
  trace.setOpen(true, 9_000);
  trace.add({ at: 9_100, kind: "next" });
  assert.equal(trace.silence(0, 9_700), 600);
  assert.equal(trace.silence(3_000, 8_000), undefined);
});

/** A lane that got these by one request each, or all by one. @returns {any} */
function laneOf(name, arrivals, { polls = false }) {
  const trace = new Trace();
  trace.begin(0);
  for (const arrival of arrivals) {
    trace.add({ kind: "next", ...arrival });
    if (polls) trace.begin(arrival.at);
  }
  return { name, trace };
}

test("a message is found in each lane, with the request it came by", () => {
  const arrivals = [
    { at: 10, sent: 4, n: 1, offset: 7 },
    { at: 20, sent: 14, n: 2, offset: 8 },
  ];
  const lanes = [
    laneOf("longpoll", arrivals, { polls: true }),
    laneOf("ws", arrivals, {}),
    laneOf("sse", [], {}),
  ];
  const [longpoll, ws, sse] = inspect(lanes, { n: 2, offset: 8 });
  assert.deepEqual(longpoll, {
    lane: "longpoll",
    at: 20,
    ms: 6,
    kind: "next",
    request: 2,
    together: 1,
    ended: true,
  });
  assert.deepEqual(ws, {
    lane: "ws",
    at: 20,
    ms: 6,
    kind: "next",
    request: 1,
    together: 2,
    ended: false,
  });
  assert.deepEqual(sse, { lane: "sse" });
});

test("a message of another publisher is found by its offset", () => {
  const lane = laneOf("ws", [{ at: 10, offset: 7 }], {});
  assert.equal(inspect([lane], { n: NaN, offset: 7 })[0].at, 10);
  assert.equal(inspect([lane], { n: NaN, offset: 7 })[0].ms, undefined);
});

test("the nearest message is selected", () => {
  const { trace } = laneOf("ws", [{ at: 10 }, { at: 20 }, { at: 40 }], {});
  assert.deepEqual(
    [0, 14, 16, 29, 31, 99].map((at) => nearest(trace, at)),
    [0, 0, 1, 1, 2, 2],
  );
  assert.equal(nearest(new Trace(), 5), undefined);
});

test("a message that is selected in one lane is selected in all", () => {
  const lanes = [laneOf("sse", [{ at: 12, n: 1 }], {}), laneOf("ws", [{ at: 10, n: 1 }], {})];
  const chosen = new Selection(lanes);
  chosen.set("ws", lanes[1].trace.arrivals.row(0));
  assert.deepEqual([chosen.at("sse"), chosen.at("ws")], [12, 10]);
  chosen.clear();
  assert.deepEqual([chosen.message, chosen.at("ws")], [undefined, undefined]);
});

test("the newest message ages until another arrives", () => {
  const freshness = new Freshness();
  freshness.sample(-Infinity, 100);
  assert.deepEqual([freshness.age, freshness.median], [undefined, undefined]);
  for (const now of [150, 250, 350]) freshness.sample(100, now);
  assert.deepEqual([freshness.age, freshness.median], [250, 150]);
  freshness.sample(400, 399);
  assert.equal(freshness.age, 0);
});

/** Messages that take so long each, from a moment on. */
function flow(trace, { from, count, takes }) {
  for (let index = 0; index < count; index += 1)
    trace.add({ at: from + index + takes, sent: from + index, kind: "next" });
}

test("each side of the knee is read from messages after the rate was chosen", () => {
  const [knee, lane, link] = [new Knee(), laneOf("ws", [], {}), { delay: 50 }];
  knee.choose({ rate: 2, size: 100 }, link, 0);
  flow(lane.trace, { from: 900, count: 5, takes: 9 });
  assert.deepEqual(knee.read([lane], 3_000), {});
  flow(lane.trace, { from: 1_000, count: MIN_MESSAGES, takes: 50 });
  assert.deepEqual(knee.read([lane], 2_000), {}, "too new to know whether something was broken");
  assert.deepEqual(knee.read([lane], 3_000).below?.lanes.ws, {
    messages: MIN_MESSAGES,
    requests: 0,
    median: 50,
  });
  knee.choose({ rate: 40, size: 100 }, link, 3_000);
  flow(lane.trace, { from: 4_000, count: MIN_MESSAGES, takes: 110 });
  const { below, above } = knee.read([lane], 6_000);
  assert.deepEqual([below?.lanes.ws.median, above?.lanes.ws.median, above?.rate], [50, 110, 40]);
  knee.choose({ rate: 40, size: 100 }, { delay: 5 }, 6_000);
  assert.deepEqual(knee.readings, {}, "on another link nothing is known yet");
});

test("messages during and shortly after an interruption are not read", () => {
  const [knee, lane] = [new Knee(), laneOf("ws", [], {})];
  const read = (now) => knee.read([lane], now).below?.lanes.ws.median;
  knee.choose({ rate: 2, size: 100 }, { delay: 50 }, 0);
  flow(lane.trace, { from: 1_000, count: MIN_MESSAGES, takes: 50 });
  assert.equal(read(3_000), 50);
  for (let now = 3_000; now <= 6_000; now += 500) knee.interrupt(now);
  flow(lane.trace, { from: 4_000, count: 500, takes: 3_800 });
  assert.equal(read(9_500), 50);
  flow(lane.trace, { from: 10_000, count: MIN_MESSAGES, takes: 51 });
  assert.equal(read(12_000), 51);
});

test("an interruption lasts while a fault, measurement or closed lane does", () => {
  const [bands, lane] = [new FaultBands(), new Lane("ws", "http://ws")];
  /** @type {any} */
  const page = {
    store: { lanes: [lane], suspended: false },
    bands,
    runner: { running: undefined },
  };
  assert.equal(lastInterruption(page, 1), -Infinity);
  lane.enter("connecting", 5);
  assert.equal(lastInterruption(page, 10), 10);
  lane.enter("open", 20);
  assert.equal(lastInterruption(page, 30), 20);
  bands.follow("ws", ["latency"], 40);
  assert.equal(lastInterruption(page, 50), 50);
  bands.follow("ws", [], 60);
  assert.equal(lastInterruption(page, 70), 60);
  bands.mark("ws", "burst", 80, 80);
  assert.equal(lastInterruption(page, 90), 80);
  for (const busy of [{ store: { ...page.store, suspended: true } }, { runner: { running: {} } }])
    assert.equal(lastInterruption({ ...page, ...busy }, 100), 100);
});

test("the greatest age of the last second is stable at an even rate", () => {
  const freshness = new Freshness();
  const peaks = [];
  for (let at = 0; at < 5_000; at += 10) {
    const newest = Math.floor((at - 50) / 500) * 500;
    if ((at - 50) % 500 === 0) freshness.end(newest - 500, at);
    if (at % 130 === 0) freshness.sample(newest, at);
    if (at > 1_000) peaks.push(freshness.peak);
  }
  assert.deepEqual([...new Set(peaks)], [550]);
});

test("a fault band ends once and is dropped when it is out of view", () => {
  const bands = new FaultBands();
  bands.mark("ws", "cut", 10, 10);
  for (const [at, names] of /** @type {[number, string[]][]} */ ([
    [20, ["refuse"]],
    [25, ["refuse"]],
    [30, []],
    [40, []],
  ]))
    bands.follow("ws", names, at);
  assert.deepEqual(
    bands.of("ws").map(({ start, end }) => [start, end]),
    [
      [10, 10],
      [20, 30],
    ],
  );
  bands.mark("sse", "cut", KEPT_MS + 25, KEPT_MS + 25);
  assert.deepEqual(
    bands.of("ws").map(({ name }) => name),
    ["refuse"],
  );
});

test("each band has its name at its start, below overlapping ones", () => {
  /** @type {any} */
  const view = { from: 0, to: 10_000, x: (at) => at / 10 };
  const bands = [
    { name: "cut", start: -500, end: -400 },
    { name: "latency", start: 1_000, end: 5_000 },
    { name: "black-hole", start: 2_000 },
    { name: "freeze", start: 6_000, end: 6_000 },
  ];
  const labels = bandLabels(
    bands.map((band) => ({ lane: "ws", ...band })),
    view,
  );
  assert.deepEqual(
    labels.map(({ text, left, top }) => [text, left, top]),
    [
      ["latency", 104, 1],
      ["black hole", 204, 12],
      ["freeze", 604, 1],
    ],
  );
});

test("recent messages are kept once and within bounds", () => {
  const recent = new RecentMessages();
  const add = (/** @type {{ n: number, offset: number }} */ key, /** @type {any} */ message) =>
    recent.add(key, message);
  add({ n: 1, offset: 5 }, { id: "1-5" });
  add({ n: 1, offset: 99 }, { id: "2-99" });
  assert.deepEqual(recent.find({ n: 1, offset: 7 }), { id: "1-5" });
  for (let offset = 0; offset < 1_000; offset += 1)
    add({ n: NaN, offset }, { id: `1-${offset}` });
  assert.equal(recent.find({ n: 1, offset: 5 }), undefined);
  assert.equal(recent.find({ n: NaN, offset: 999 })?.id, "1-999");
});

test("bytes per message need a window with enough messages", () => {
  const bytesPerMessage = new BytesPerMessage();
  for (let at = 0; at <= 10_000; at += 500)
    bytesPerMessage.read({ at, bytes: at, count: at / 500 });
  for (let at = 10_500; at <= 20_000; at += 500)
    bytesPerMessage.read({ at, bytes: 10_000 + 2 * (at - 10_000), count: at / 50 });
  assert.equal(bytesPerMessage.bytesEach(10_500), 100);
  assert.equal(bytesPerMessage.bytesEach(20_001), undefined);
  const few = new BytesPerMessage();
  for (const count of [0, 4]) few.read({ at: count, bytes: count, count });
  assert.equal(few.bytesEach(0), undefined);
});

test("a window is the last minute, or since something changed and settled", () => {
  const window = new SteadyWindow();
  window.look([2, { delay: 50 }], 0);
  assert.equal(window.since(10), 0, "nothing was there before");
  window.look([2, { delay: 50 }], 90_000);
  assert.equal(window.since(90_000), 30_000);
  window.look([20, { delay: 50 }], 100_000);
  assert.equal(window.since(100_500), 101_000);
});
