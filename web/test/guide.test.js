// The guided minute: its steps, what it measures, and its sentences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { aftermath } from "../js/guide/aftermath.js";
import { Guide } from "../js/guide/guide.js";
import * as say from "../js/guide/sentences.js";
import { FaultBands } from "../js/lanes/trace.js";
import { Knee } from "../js/lanes/knee.js";
import { Lane } from "../js/lanes/lane.js";
import { Store } from "../js/page/store.js";
import { advance, settled } from "./virtual-clock.js";
import { present } from "./present.js";

const ADDRESSES = { longpoll: "http://lp", sse: "http://sse", ws: "http://ws" };
const GONE = { naive: true, detail: "it does not handle a lost connection" };

/** A page whose gate injects faults, and whose naive clients are ready when `ready` is called. */
function page({ channel = "main" } = {}) {
  const store = new Store({
    endpoints: /** @type {any} */ ({ lanes: ADDRESSES, services: ADDRESSES }),
    settings: /** @type {any} */ ({ channel, rate: 2, size: 100, clients: "robust" }),
    page: "me",
  });
  const done = [];
  const companions = {
    areReady: false,
    open: () => done.push("open"),
    close: () => done.push("close"),
  };
  const at = {
    store,
    bands: new FaultBands(),
    knee: new Knee(),
    link: () => ({ delay: 50, jitter: 0, bandwidth: null }),
    runner: { running: undefined },
    injector: { begin: async ({ name }) => void done.push(name) },
    companions,
  };
  return { ...at, done, guide: new Guide(/** @type {any} */ (at)) };
}

test("the first two steps change the rate to each side of the knee", async () => {
  const { guide, store } = page();
  await guide.take("knee");
  assert.deepEqual([guide.step, store.settings.rate], ["knee", 40]);
  await guide.take("watch");
  assert.deepEqual([guide.step, store.settings.rate], ["watch", 2]);
});

test("the third cuts, and its sentence has the times of each lane", async () => {
  const { guide, store, done } = page();
  for (const lane of store.lanes) lane.enter("open", 0);
  await advance(1_000);
  const cut = performance.timeOrigin + performance.now();
  await guide.take("cut");
  assert.deepEqual(done, ["close", "cut"]);
  store.lane("sse").enter("retrying", cut + 10);
  assert.match(guide.sentence(cut + 100), /SSE is not back yet, .* No message is missing so far\./);
  store.lane("sse").enter("open", cut + 320);
  assert.equal(
    guide.sentence(cut + 400),
    "Every connection was reset. Long polling stayed open, SSE was back after 0.3 s, WebSocket " +
      "stayed open. No message is missing: each resumed after its last one.",
  );
});

test("while a fault lasts, its sentence says nothing of its end", async () => {
  const { guide, store } = page();
  for (const lane of store.lanes) lane.enter("open", 0);
  const now = performance.timeOrigin + performance.now();
  await guide.break("black-hole");
  assert.equal(
    guide.sentence(now + 2_000),
    "5 s in which all bytes vanish. Long polling is still open, SSE is still open, WebSocket is " +
      "still open. No message is missing so far.",
  );
  assert.match(guide.sentence(now + 6_000), /WebSocket stayed open\. No message is missing\.$/);
});

test("the fourth opens naive clients, and cuts when each has a message", async () => {
  const { guide, store, companions, done } = page();
  const step = guide.take("naive");
  store.companions = store.lanes.map(({ name, base }) => new Lane(name, base));
  assert.match(guide.sentence(0), /^Each lane now has a naive client .* 0 of 3 so far/);
  await advance(5_000);
  assert.deepEqual(done, ["open"]);
  companions.areReady = true;
  for (let passed = 0; passed < 3_000; passed += 100) await advance(100);
  await step;
  assert.deepEqual([done, guide.step, store.settings.rate], [["open", "cut"], "naive", 5]);
  assert.match(guide.sentence(0), /^Every connection was reset\. Naive clients: /);
});

test("another step ends the fourth", async () => {
  const { guide, done } = page();
  const step = guide.take("naive");
  await guide.take("watch");
  for (let passed = 0; passed < 20_000; passed += 500) await advance(500);
  await step;
  assert.deepEqual(done, ["open", "close"]);
});

test("what cannot work now cannot be chosen", () => {
  const free = page();
  const all = ({ guide }) => ["watch", "knee", "cut", "naive"].map((step) => guide.canTake(step));
  assert.deepEqual(all(free), [true, true, true, true]);
  assert.deepEqual(all(page({ channel: "news" })), [true, true, true, false]);
  free.store.setSuspended(true);
  assert.deepEqual([all(free), free.guide.canBreak("down")], [[false, false, false, false], false]);
  const ungated = page();
  ungated.guide.page.injector = undefined;
  assert.deepEqual(all(ungated), [true, true, false, false]);
});

test("a refused fault is an error", async () => {
  const { guide } = page();
  present(guide.page.injector).begin = async () => {
    throw new Error("503");
  };
  await assert.rejects(guide.break("down"), /503/);
});

test("the aftermath of a stopped client counts what was published since", async () => {
  const lane = new Lane("ws", "http://ws");
  lane.enter("open", 0);
  lane.published = 3;
  const third = { id: "1-3", channel: "main", time: 0, message: { page: "me", n: 3, sent: 0 } };
  lane.receive(third, 1, "me");
  const before = lane.sequence.missing;
  lane.enter("off", 20, GONE);
  lane.published = 7;
  assert.deepEqual(aftermath(lane, 10, before), { lane: "ws", state: "stopped", missing: 4 });
  lane.enter("open", 500);
  const message = { page: "me", n: 8, sent: 600 };
  lane.receive({ id: "1-8", channel: "main", message, time: 600 }, 650, "me");
  assert.deepEqual(aftermath(lane, 10, before), {
    lane: "ws",
    state: "back",
    back: 490,
    slowest: 50,
    missing: 4,
  });
  await settled();
});

const READ = {
  longpoll: { messages: 20, requests: 22, median: 61.23 },
  sse: { messages: 20, requests: 0, median: 60 },
  ws: { messages: 20, requests: 0, median: 60.4 },
};

test("a reading has the figures of each lane", () => {
  assert.equal(
    say.watched({ rate: 2, side: "below", lanes: READ }),
    "At 2 messages per second, the median latency is 61.2 ms (long polling), " +
      "60.0 ms (SSE) and 60.4 ms (WebSocket). Long polling sent 22 requests for 20 messages.",
  );
  /** @type {any} */
  const above = { rate: 40, side: "above", lanes: { ws: READ.ws } };
  assert.equal(
    say.pastTheKnee(above, { delay: 50 }, { rate: 1, side: "below", lanes: { ws: READ.ws } }),
    "This link fits 10 round trips per second. At 40 messages per second, the median latency is " +
      "60.4 ms (WebSocket). At 1 per second it was 60.4 ms (WebSocket).",
  );
  assert.equal(say.measuring(0), "Nothing is sent: choose a rate above 0.");
});

test("naive clients are compared with robust ones", () => {
  /** @type {any} */
  const robust = [
    { lane: "sse", state: "back", back: 300, slowest: 420, missing: 0 },
    { lane: "ws", state: "away", missing: 0 },
  ];
  /** @type {any} */
  const naive = [
    { lane: "longpoll", state: "untouched", missing: 0 },
    { lane: "sse", state: "back", back: 3_040, missing: 14 },
    { lane: "ws", state: "stopped", missing: 21 },
  ];
  assert.equal(
    say.naiveBesideRobust(robust, naive),
    "Naive clients: long polling stayed open and missed nothing; SSE was back after 3.0 s and " +
      "missed 14; WebSocket stopped for good and missed 21 so far. Robust clients: SSE was back " +
      "after 0.3 s (slowest message 0.4 s), WebSocket is not back yet. No message is missing so " +
      "far.",
  );
  assert.match(
    say.robust([{ lane: "sse", state: "back", back: 1, missing: 2 }]),
    /\. SSE misses 2\.$/,
  );
});
