// The modules without network or DOM: ids, sequences, statistics, the address, payloads, routes.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFAULTS,
  STOPS,
  kneeOf,
  rateAt,
  readAddress,
  stopFor,
  writeAddress,
} from "../js/page/settings.js";
import { latencyOf, padded } from "../js/lanes/payload.js";
import { resolution } from "../js/shared/clock.js";
import { loadEndpoints, serviceUrl } from "../js/page/server.js";
import { parseId } from "../js/trilane/cursor.js";
import { Lane } from "../js/lanes/lane.js";
import { brokers, destinations, settled } from "../js/lanes/page-publisher.js";
import { Sequence } from "../js/lanes/sequence.js";
import { RecentMedian } from "../js/shared/bounded.js";
import { Backoff, retryAfter } from "../js/trilane/time.js";

/** @param {string[]} ids */
function seen(...ids) {
  const sequence = new Sequence();
  const verdicts = ids.map((id) => sequence.accept(id));
  return { sequence, verdicts };
}

test("an id is an epoch and an offset, and nothing else", () => {
  assert.deepEqual(parseId("1795340000123-42"), { epoch: 1795340000123, offset: 42 });
  for (const text of ["", "0", "1-", "-1", "a-1", "1-2-3", undefined, null])
    assert.equal(parseId(text), undefined);
});

test("a gap counts as missing until the late message arrives", () => {
  const { sequence, verdicts } = seen("1-1", "1-4", "1-2");
  assert.deepEqual(verdicts, ["next", "gap", "late"]);
  assert.deepEqual(
    [sequence.count, sequence.missing, sequence.duplicates, sequence.inOrder],
    [3, 1, 0, false],
  );
});

test("a duplicate does not count as a message", () => {
  const { sequence, verdicts } = seen("1-1", "1-2", "1-2", "1-1");
  assert.deepEqual(verdicts, ["next", "next", "duplicate", "duplicate"]);
  assert.deepEqual([sequence.count, sequence.duplicates, sequence.missing], [2, 2, 0]);
});

test("another epoch is a new history, not a loss", () => {
  const { sequence, verdicts } = seen("1-90", "2-5", "2-6");
  assert.deepEqual(verdicts, ["next", "new log", "next"]);
  assert.deepEqual([sequence.missing, sequence.inOrder], [0, true]);
});

test("a gap before the first message counts if the start is known", () => {
  const sequence = new Sequence();
  sequence.startAfter("1-10");
  assert.equal(sequence.accept("1-13"), "gap");
  assert.equal(sequence.missing, 2);
});

test("after a reset to an earlier offset the same offsets are new messages", () => {
  const { sequence } = seen("1-50");
  sequence.reset({ oldest: "1-10" });
  assert.equal(sequence.accept("1-10"), "next");
  assert.deepEqual([sequence.missing, sequence.duplicates], [0, 0]);
});

test("after a reset to a later offset the gap is missing", () => {
  const { sequence } = seen("1-5");
  sequence.reset({ oldest: "1-9" });
  assert.equal(sequence.accept("1-9"), "gap");
  assert.equal(sequence.missing, 3);
});

test("a gap of any size is counted in full with bounded memory", () => {
  const { sequence, verdicts } = seen("1-1", "1-1000000", "1-2", "1-999999");
  assert.deepEqual(verdicts, ["next", "gap", "duplicate", "late"]);
  assert.equal(sequence.missing, 999_997);
});

test("the median follows its window", () => {
  const recent = new RecentMedian(3);
  assert.equal(recent.median, undefined);
  for (const sample of [100, 1, 2]) recent.add(sample);
  assert.equal(recent.median, 2);
  recent.add(3);
  assert.equal(recent.median, 2);
  assert.equal(recent.count, 3);
});

test("a lane counts a reconnect only if it was open before", () => {
  const lane = new Lane("sse", "http://service");
  const enter = (/** @type {any} */ state) => lane.enter(state, 0);
  for (const state of ["connecting", "retrying", "open"]) enter(state);
  assert.equal(lane.reconnects, 0);
  for (const state of ["retrying", "retrying", "open", "open"]) enter(state);
  assert.equal(lane.reconnects, 1);
  for (const state of ["off", "connecting", "open"]) enter(state);
  assert.equal(lane.reconnects, 1, "a lane that was turned off had lost nothing");
  for (const state of ["retrying", "off", "connecting", "open"]) enter(state);
  assert.equal(
    lane.reconnects,
    2,
    "a lost lane that is turned off and on has reconnected",
  );
});

test("only the page's own messages enter the median", () => {
  const lane = new Lane("ws", "http://service");
  const own = { page: "me", n: 1, sent: 1_000, text: "hi" };
  lane.receive({ id: "1-1", channel: "main", message: own, time: 0 }, 1_004, "me");
  lane.receive({ id: "1-2", channel: "main", message: "from curl", time: 1_000 }, 1_009.4, "me");
  assert.equal(lane.medianLatency(0), 4);
  assert.deepEqual(
    lane.entries.map(({ ms, oneClock }) => [ms, oneClock]),
    [
      [9, false],
      [4, true],
    ],
  );
});

test("an implausible latency is dropped", () => {
  const message = { id: "1-1", channel: "main", message: "old", time: 0 };
  assert.equal(latencyOf(message, 3_600_000, "me"), undefined);
  assert.equal(latencyOf({ ...message, time: 2_000 }, 1_000, "me"), undefined);
});

test("a payload has the chosen size, or its own if that is larger", () => {
  const body = { page: "me", n: 1, text: "é", sent: 1.5 };
  const bytes = (value) => Buffer.byteLength(JSON.stringify(value));
  assert.equal(bytes(padded(body, 200)), 200);
  assert.deepEqual(padded(body, 16), body);
});

test("the address keeps settings and replaces invalid ones", () => {
  /** @type {any} */
  const chosen = {
    channel: "news",
    rate: 0.5,
    size: 1000,
    through: "all",
    clients: "naive",
    present: true,
  };
  assert.deepEqual(readAddress(writeAddress(chosen)), chosen);
  assert.deepEqual(readAddress(""), DEFAULTS);
  assert.deepEqual(readAddress("#channel=no spaces&rate=fast&size=&through=pigeon"), DEFAULTS);
  assert.equal(readAddress("#rate=100000").rate, 200);
  assert.equal(readAddress("#rate=0").rate, 0);
  const link = { delay: 50, jitter: 0, bandwidth: 1_000_000 };
  assert.deepEqual(readAddress(writeAddress({ ...chosen, link })).link, link);
  assert.deepEqual(readAddress("#delay=0").link, { delay: 0, jitter: 0, bandwidth: null });
});

test("a link with only present opens the presenter's mode", () => {
  assert.deepEqual(readAddress("#present"), { ...DEFAULTS, present: true });
  assert.equal(readAddress("#claim-use-ws").present, false);
});

test("the address keeps the target of a link beside the settings", () => {
  assert.deepEqual(readAddress("#claim-use-ws"), { ...DEFAULTS, at: "claim-use-ws" });
  assert.deepEqual(readAddress(writeAddress({ ...DEFAULTS, rate: 5, at: "report" })), {
    ...DEFAULTS,
    rate: 5,
    at: "report",
  });
  assert.deepEqual(readAddress("#at=no%20id&rate=2"), DEFAULTS);
});

test("a service is given as a URL or as a port of the page's host", () => {
  const page = { protocol: "http:", hostname: "lab.test" };
  assert.equal(serviceUrl(3000, page), "http://lab.test:3000");
  assert.equal(serviceUrl("3000", page), "http://lab.test:3000");
  assert.equal(serviceUrl("https://other:1/", page), "https://other:1");
});

test("without services.json the default ports are used", async () => {
  /** @type {any} */
  const location = { protocol: "http:", hostname: "lab.test" };
  const missing = async () => new Response("", { status: 404 });
  const partly = async () => Response.json({ sse: 9001 });
  assert.equal(
    (await loadEndpoints({ fetch: missing, location })).services.ws,
    "http://lab.test:8080",
  );
  const services = {
    longpoll: "http://lab.test:3000",
    sse: "http://lab.test:9001",
    ws: "http://lab.test:8080",
  };
  assert.deepEqual(await loadEndpoints({ fetch: partly, location }), {
    services,
    lanes: services,
    gated: false,
    restarts: false,
    fromServer: true,
  });
  assert.equal((await loadEndpoints({ fetch: missing, location })).fromServer, false);
});

test("lanes go through the gate where there is one, and publications do not", async () => {
  /** @type {any} */
  const location = { protocol: "http:", hostname: "lab.test" };
  const told = async () =>
    Response.json({ gate: { longpoll: 8001, sse: 8002, ws: "https://far/ws", shared: 8004 } });
  const { services, lanes, gated, shared } = await loadEndpoints({ fetch: told, location });
  assert.equal(shared, "http://lab.test:8004");
  assert.deepEqual(
    [services.sse, lanes.sse, lanes.ws, gated],
    ["http://lab.test:3001", "http://lab.test:8002", "https://far/ws", true],
  );
});

test("the slider has every rate from off to the maximum, in two digits", () => {
  const rates = Array.from({ length: STOPS + 1 }, (_, stop) => rateAt(stop));
  assert.deepEqual([rates[0], rates[1], rates[21], rates[41], rates[STOPS]], [0, 0.2, 2, 20, 200]);
  for (const [stop, rate] of rates.entries()) assert.equal(Math.round(stopFor(rate)), stop);
});

test("the knee is the rate of one message per round trip", () => {
  assert.equal(kneeOf({ delay: 50 }), 10);
  assert.equal(kneeOf({ delay: 0 }), undefined);
});

/** @param {(number | null | undefined)[]} epochs @returns {any} */
const open = (...epochs) =>
  epochs.map((epoch, index) => ({ name: ["longpoll", "sse", "ws"][index], state: "open", epoch }));

test("one broker gets a message once, three get it three times", () => {
  const names = (lanes) => lanes.map(({ name }) => name);
  assert.equal(brokers(open(7, 7, 7)), "shared");
  assert.deepEqual(names(destinations("auto", open(7, 7, 7))), ["ws"]);
  assert.equal(brokers(open(7, 8, 9)), "separate");
  assert.deepEqual(names(destinations("auto", open(7, 8, 9))), ["longpoll", "sse", "ws"]);
  assert.deepEqual(names(destinations("auto", open(7, 8, 7))), ["ws", "sse"]);
  assert.deepEqual(names(destinations("ws-frame", open(7, 7, 7))), ["ws"]);
});

test("a lane that is not open is not posted to unless chosen", () => {
  const lanes = open(7, 8, 9).map((lane) =>
    lane.name === "sse" ? { ...lane, state: "retrying" } : lane,
  );
  assert.deepEqual(
    destinations("auto", lanes).map(({ name }) => name),
    ["longpoll", "ws"],
  );
  assert.deepEqual(
    destinations("sse", lanes).map(({ name }) => name),
    ["sse"],
  );
});

test("lanes are settled when the state of each is known", () => {
  assert.equal(settled(open(7, undefined, 7)), false);
  assert.equal(settled(open(7, null, 7)), true);
  assert.equal(settled([/** @type {any} */ ({ state: "connecting" })]), false);
  assert.equal(settled([{ state: "retrying" }, ...open(7)]), true);
});

test("the wait doubles up to its cap and respects Retry-After", () => {
  const backoff = new Backoff(() => 1);
  const waits = Array.from({ length: 8 }, () => backoff.next());
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
  backoff.reset();
  assert.equal(backoff.next(3_000), 3_500);
});

test("Retry-After is read in both its forms", () => {
  const after = (value) => retryAfter(new Response("", { headers: { "retry-after": value } }));
  assert.equal(after("3"), 3_000);
  assert.equal(after("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  assert.equal(after("soon"), 0);
});

test("the clock's step is measured", () => {
  let reads = 0;
  assert.equal(
    resolution(() => Math.floor(reads++ / 3) * 0.5),
    0.5,
  );
});
