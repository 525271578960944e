// The limits of the browser: streams that wait for a connection, and hidden tabs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HiddenTabReport, TICK_MS } from "../js/limits/hidden-tab.js";
import { ConnectionSet, SETTLE_MS, slotText } from "../js/limits/connection-set.js";
import { connectionTests } from "../js/limits/connection-tests.js";
import { until } from "./virtual-clock.js";
import { present } from "./present.js";

/** A browser that opens a limited number of connections to an origin; further requests wait. */
function browser(most) {
  const waiting = [];
  let used = 0;
  const next = () => {
    while (used < most && waiting.length) {
      used += 1;
      waiting.shift()();
    }
  };
  return (url, { signal }) =>
    new Promise((resolve, reject) => {
      const free = () => ((used -= 1), next());
      signal.addEventListener("abort", () => reject(signal.reason));
      waiting.push(() => {
        if (signal.aborted) return free();
        if (url.endsWith("/health/live")) return (resolve(new Response("ok")), free());
        const body = new ReadableStream({
          start: (stream) =>
            signal.addEventListener("abort", () => (stream.error(signal.reason), free())),
        });
        resolve(new Response(body));
      });
      next();
    });
}

const states = (slots) => slots.all.map(({ state }) => state);
const count = (slots, state) => states(slots).filter((one) => one === state).length;

/** Streams over this browser. */
function slotsOver(fetch, now = () => performance.now()) {
  const open = async (base, n, signal) => {
    const { body } = await fetch(`${base}/${n}`, { signal });
    return { ended: body.getReader().read() };
  };
  return new ConnectionSet("http://one", open, { fetch, now });
}

test("a request without a connection waits until one is free", async () => {
  const slots = slotsOver(browser(6));
  slots.open(7);
  await until(() => count(slots, "open") === 6);
  assert.deepEqual(states(slots).slice(6), ["waiting", "waiting"]);
  assert.deepEqual(slots.tally, { open: 6, waiting: 1, failed: 0, request: undefined });
  slots.closeOne();
  await until(() => states(slots)[6] === "open");
  assert.deepEqual([states(slots)[0], states(slots)[7]], ["closed", "waiting"]);
  slots.closeOne();
  await until(() => states(slots)[7] === "closed");
  assert.equal(slots.held, 5);
  assert.ok(present(slots.tally.request) >= 0);
  slots.closeAll();
  await until(() => slots.held === 0);
});

test("a refused connection has failed", async () => {
  const slots = slotsOver(() => Promise.reject(new TypeError("refused")));
  slots.open(2);
  await until(() => slots.isSettled);
  assert.deepEqual(slots.tally, { open: 0, waiting: 0, failed: 2, request: undefined });
});

test("a set is settled when nothing waits or nothing changes for a while", async () => {
  let now = 0;
  const slots = slotsOver(browser(2), () => now);
  slots.open(3);
  await until(() => count(slots, "open") === 2);
  assert.equal(slots.isSettled, false);
  now = SETTLE_MS;
  assert.equal(slots.isSettled, true);
  slots.closeAll();
});

test("a test needs an origin", () => {
  const services = { longpoll: "http://l", sse: "http://s", ws: "http://w" };
  const bases = (endpoints) =>
    Object.values(connectionTests({ services, ...endpoints })).map(({ base }) => base);
  assert.deepEqual(bases({}), ["http://s", undefined, undefined, "http://w"]);
  assert.deepEqual(bases({ shared: "http://all", tls: "https://all" }), [
    "http://all",
    "https://all",
    "https://all",
    "http://w",
  ]);
});

test("a connection shows how long it waits or has waited", () => {
  /** @type {any} */
  const slot = { name: "x", kind: "held", asked: 1_000 };
  assert.equal(slotText({ ...slot, state: "waiting" }, 5_200), "waiting for 4 s");
  assert.equal(slotText({ ...slot, state: "open", answered: 1_250 }, 9_000), "open, waited 0.25 s");
  assert.equal(
    slotText({ ...slot, state: "closed", answered: 3_000 }, 9_000),
    "done, waited 2.00 s",
  );
  assert.equal(slotText({ ...slot, state: "closed" }, 9_000), "closed while waiting");
});

/** @returns {any} */
const lane = (name, count, reconnects = 0, missing = 0) => ({
  name,
  sequence: { count, missing },
  reconnects,
});

test("the hidden-tab report has each lane and the delay of timers", () => {
  const away = new HiddenTabReport();
  assert.equal(away.back([lane("sse", 1)], 5), undefined);
  away.leave([lane("sse", 10), lane("ws", 10, 1)], 1_000);
  away.notice([lane("sse", 11), lane("ws", 10, 1)], 3_000);
  away.tick(1_000 + TICK_MS);
  away.tick(1_000 + TICK_MS + 61_000);
  away.notice([lane("sse", 12), lane("ws", 10, 2)], 60_000);
  const report = away.back([lane("sse", 12), lane("ws", 15, 2, 4)], 63_000);
  const { since, until, slip, rows } = present(report);
  assert.deepEqual([since, until, slip], [1_000, 63_000, 60_000]);
  assert.deepEqual(rows, [
    { name: "sse", messages: 2, silence: 57_000, reconnects: 0, missing: 0 },
    { name: "ws", messages: 5, silence: 62_000, reconnects: 1, missing: 4 },
  ]);
  assert.equal(away.back([], 70_000), undefined);
});
