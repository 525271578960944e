// The publisher of the page: steady rate, publishing over HTTP, and failures.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { steady } from "../js/shared/clock.js";
import { publish } from "../js/trilane/publisher.js";

/** A clock and a timer that move together. */
function clockwork() {
  mock.timers.enable({ apis: ["setTimeout"] });
  let time = 0;
  const pass = (ms) => {
    for (let step = 0; step < ms; step += 1) {
      time += 1;
      mock.timers.tick(1);
    }
  };
  const jump = (ms) => {
    time += ms;
    mock.timers.tick(ms);
  };
  return { now: () => time, pass, jump };
}

test("a steady rate keeps its due times, whatever the timers do", (t) => {
  t.after(() => mock.timers.reset());
  const { now, pass, jump } = clockwork();
  const due = [];
  const ending = new AbortController();
  steady(100, ending.signal, (moment) => due.push(moment), { now });
  pass(20);
  jump(25);
  assert.deepEqual(due, [0, 10, 20, 30, 40]);
  ending.abort();
  pass(100);
  assert.equal(due.length, 5);
});

test("after a long sleep it does not flood", (t) => {
  t.after(() => mock.timers.reset());
  const { now, jump } = clockwork();
  const due = [];
  const ending = new AbortController();
  steady(100, ending.signal, (moment) => due.push(moment), { now });
  jump(60_000);
  assert.deepEqual(due, [0, 60_000]);
  ending.abort();
});

test("publishing posts JSON to the channel and returns the id", async () => {
  const asked = [];
  const fetch = async (url, options) => (
    asked.push({ url, ...options }),
    Response.json({ id: "1-1" })
  );
  const accepted = await publish(
    { base: "http://service", channel: "a:b", message: { n: 1 } },
    { fetch },
  );
  assert.equal(accepted.id, "1-1");
  assert.deepEqual(asked, [
    {
      url: "http://service/messages?channel=a%3Ab",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"message":{"n":1}}',
    },
  ]);
});

test("a refusal carries the service's own words and its Retry-After", async () => {
  const fetch = async () =>
    Response.json({ detail: "too many" }, { status: 429, headers: { "retry-after": "2" } });
  const failing = publish({ base: "http://service", channel: "main", message: 1 }, { fetch });
  await assert.rejects(failing, {
    message: "http://service responded with 429: too many",
    retryAfter: 2_000,
  });
});

test("a service that does not respond is named", async () => {
  const failing = publish(
    { base: "http://service", channel: "main", message: 1 },
    {
      fetch: async () => {
        throw new TypeError();
      },
    },
  );
  await assert.rejects(failing, { message: "No response from http://service." });
});
