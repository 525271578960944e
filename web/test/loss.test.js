// The messages that a lane lacks while its client is disconnected.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "../js/lanes/lane.js";
import { isStopped, missedSinceLoss, missing } from "../js/lanes/sequence.js";
import { Store } from "../js/page/store.js";

const NAIVE = { naive: true, detail: "it does not handle a lost connection" };

/** A lane that is open and has received the page's messages 1 to 3. */
function openLane(store) {
  const lane = store.lane("ws");
  lane.enter("open", 0);
  for (const n of [1, 2, 3]) {
    store.accepted(n);
    lane.receive({ id: `1-${n}`, channel: "main", message: { page: "me", n, sent: 0 } }, 1, "me");
  }
  return lane;
}

const newStore = () =>
  new Store({
    endpoints: /** @type {any} */ ({ lanes: { ws: "http://ws" }, services: { ws: "http://ws" } }),
    settings: /** @type {any} */ ({}),
    page: "me",
  });

test("a stopped naive client misses what is published from then on", () => {
  const store = newStore();
  const lane = openLane(store);
  lane.enter("off", 2, NAIVE);
  assert.deepEqual([isStopped(lane), missing(lane)], [true, 0]);
  for (const n of [4, 5, 6]) store.accepted(n);
  assert.equal(missing(lane), 3);
});

test("what was missed is counted once after a naive client is back", () => {
  const store = newStore();
  const lane = openLane(store);
  lane.enter("retrying", 2, NAIVE);
  for (const n of [4, 5]) store.accepted(n);
  assert.equal(missing(lane), 2);
  lane.enter("open", 3);
  store.accepted(6);
  lane.receive({ id: "1-6", channel: "main", message: { page: "me", n: 6, sent: 3 } }, 4, "me");
  assert.deepEqual([missing(lane), missedSinceLoss(lane)], [2, 0]);
});

test("a robust client that retries, and a lane that was disconnected, miss nothing", () => {
  for (const [state, trouble] of [
    ["retrying", { detail: "cut" }],
    ["off", undefined],
  ]) {
    const store = newStore();
    const lane = openLane(store);
    lane.enter(/** @type {any} */ (state), 2, /** @type {any} */ (trouble));
    for (const n of [4, 5]) store.accepted(n);
    assert.deepEqual([isStopped(lane), missing(lane)], [false, 0], String(state));
  }
});

test("a lane that has received nothing yet has no gap", () => {
  const lane = new Lane("ws", "http://ws");
  lane.published = 9;
  lane.enter("off", 1, /** @type {any} */ (NAIVE));
  assert.equal(missing(lane), 0);
});
