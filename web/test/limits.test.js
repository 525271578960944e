// The browser's limits: streams that wait for a connection, and what happens while nobody looks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Away, TICK_MS } from "../js/away.js";
import { Slots, slotText } from "../js/slots.js";
import { until } from "./listener.js";

/** A browser that opens so many connections to an origin, and lets the rest wait. */
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
        if (url.endsWith("/health/live")) return resolve(new Response("ok")), free();
        const body = new ReadableStream({ start: (stream) => signal.addEventListener("abort", () => (stream.error(signal.reason), free())) });
        resolve(new Response(body));
      });
      next();
    });
}

const states = (slots) => slots.all.map(({ state }) => state);

test("what has no connection waits without an error, until one is free", async () => {
  const slots = new Slots("http://one", { fetch: browser(6) });
  slots.open(7);
  await until(() => states(slots).filter((state) => state === "open").length === 6);
  assert.deepEqual(states(slots).slice(6), ["waiting", "waiting"]);
  slots.closeOne();
  await until(() => states(slots)[6] === "open");
  assert.deepEqual([states(slots)[0], states(slots)[7]], ["closed", "waiting"]);
  slots.closeOne();
  await until(() => states(slots)[7] === "closed");
  assert.equal(slots.streams, 5);
  slots.closeAll();
  await until(() => slots.streams === 0);
});

test("a stream that is refused has failed", async () => {
  const slots = new Slots("http://one", { fetch: () => Promise.reject(new TypeError("refused")) });
  slots.open(1);
  await until(() => states(slots).every((state) => state === "failed"));
});

test("a slot says how long it waits or has waited", () => {
  const slot = { name: "x", kind: "stream", asked: 1_000 };
  assert.equal(slotText({ ...slot, state: "waiting" }, 5_200), "has waited 4 s");
  assert.equal(slotText({ ...slot, state: "open", answered: 1_250 }, 9_000), "open, waited 0.25 s");
  assert.equal(slotText({ ...slot, state: "closed", answered: 3_000 }, 9_000), "done, waited 2.00 s");
  assert.equal(slotText({ ...slot, state: "closed" }, 9_000), "given up");
});

const lane = (name, count, reconnects = 0, missing = 0) => ({ name, sequence: { count, missing }, reconnects });

test("an absence has what each lane did in it, and by how much timers were late", () => {
  const away = new Away();
  assert.equal(away.back([lane("sse", 1)], 5), undefined);
  away.leave([lane("sse", 10), lane("ws", 10, 1)], 1_000);
  away.notice([lane("sse", 11), lane("ws", 10, 1)], 3_000);
  away.tick(1_000 + TICK_MS);
  away.tick(1_000 + TICK_MS + 61_000);
  away.notice([lane("sse", 12), lane("ws", 10, 2)], 60_000);
  const { since, until, slip, rows } = away.back([lane("sse", 12), lane("ws", 15, 2, 4)], 63_000);
  assert.deepEqual([since, until, slip], [1_000, 63_000, 60_000]);
  assert.deepEqual(rows, [
    { name: "sse", messages: 2, silence: 57_000, reconnects: 0, missing: 0 },
    { name: "ws", messages: 5, silence: 62_000, reconnects: 1, missing: 4 },
  ]);
  assert.equal(away.back([], 70_000), undefined);
});
