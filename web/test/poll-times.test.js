// How long polls and responses were on their way, as the gate reports it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PollTimes } from "../js/gate/lane-reports.js";
import { Trace } from "../js/lanes/trace.js";
import { advance, settled } from "./virtual-clock.js";

/** A gate whose clock is ahead of the page's, and whose responses take 20 ms. */
function gateOf(requests, ahead) {
  const asked = [];
  const at = () => performance.timeOrigin + performance.now() + ahead;
  return {
    asked,
    requests: async (lane, after) => {
      asked.push([lane, after]);
      const now = at() + 10;
      await advance(20);
      return { now, requests: requests().filter(({ id }) => id > after) };
    },
  };
}

/** A poll that the gate read at this time of the page, held for 200 ms on a link of 50 ms. */
const poll = (id, at, ahead) => ({
  id,
  at: performance.timeOrigin + at + ahead,
  sent: 50,
  answered: 250,
  delivered: 300,
});

test("the times of a poll are those of the page's clock", async () => {
  const [trace, ahead] = [new Trace(), 7_000];
  const start = performance.timeOrigin;
  trace.begin(start + 100);
  trace.begin(start + 400);
  const open = { ...poll(2, 401, ahead), answered: null, delivered: null };
  const gate = gateOf(() => [poll(1, 101, ahead), open], ahead);
  const times = new PollTimes(gate, trace);
  await times.read();
  const at = (index, name) => Math.round(trace.requests.get(index, name) - start);
  assert.deepEqual([at(0, "arrived"), at(0, "answered")], [151, 351]);
  assert.deepEqual([at(1, "arrived"), at(1, "answered")], [451, NaN]);
  await times.read();
  assert.deepEqual(gate.asked, [
    ["longpoll", 0],
    ["longpoll", 1],
  ]);
});

test("a poll of another page changes nothing", () => {
  const trace = new Trace();
  trace.begin(1_000);
  trace.pass(900, { arrived: 950 });
  trace.pass(1_101, { arrived: 1_150 });
  assert.ok(Number.isNaN(trace.requests.get(0, "arrived")));
  trace.pass(1_004, { arrived: 1_050 });
  assert.equal(trace.requests.get(0, "arrived"), 1_050);
});

test("a poll that never gets a response is not asked for again and again", async () => {
  const lost = { ...poll(1, 0, 0), answered: null, delivered: null };
  const later = Array.from({ length: 20 }, (_, index) => poll(index + 2, 0, 0));
  const gate = gateOf(() => [lost, ...later], 0);
  const times = new PollTimes(gate, new Trace());
  await times.read();
  await times.read();
  assert.deepEqual(gate.asked[1], ["longpoll", 13]);
});

test("a gate that does not respond is asked again", async () => {
  let asked = 0;
  const refuse = async () => {
    asked += 1;
    throw new Error("gone");
  };
  const times = new PollTimes({ requests: refuse }, new Trace());
  times.read();
  times.read();
  await settled();
  assert.equal(asked, 1);
  await times.read();
  assert.equal(asked, 2);
});
