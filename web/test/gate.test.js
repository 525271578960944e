// The state of the gate, for any order of its responses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { applyChosenLink } from "../js/gate/lane-reports.js";
import { Gate } from "../js/gate/gate.js";
import { LatestWins } from "../js/shared/requests.js";
import { until } from "./virtual-clock.js";

function deferred() {
  let resolve;
  const promise = new Promise((answer) => (resolve = answer));
  return { promise, resolve };
}

test("a response to an older request than the newest response is dropped", async () => {
  const latest = new LatestWins();
  const [look, change, later] = [deferred(), deferred(), deferred()];
  const answers = [
    latest.query(look.promise),
    latest.update(change.promise),
    latest.query(later.promise),
  ];
  change.resolve("changed");
  assert.equal(await answers[1], "changed");
  look.resolve("as it was");
  later.resolve("asked before the change was answered");
  assert.deepEqual([await answers[0], await answers[2]], [undefined, undefined]);
  assert.equal(await latest.query(Promise.resolve("new")), "new");
});

test("of two queries or two updates the later one wins", async () => {
  const latest = new LatestWins();
  for (const kind of ["query", "update"]) {
    const [first, second] = [deferred(), deferred()];
    const answers = [latest[kind](first.promise), latest[kind](second.promise)];
    second.resolve(2);
    assert.equal(await answers[1], 2, kind);
    first.resolve(1);
    assert.equal(await answers[0], undefined, kind);
  }
});

test("an update is reported despite a query that was answered meanwhile", async () => {
  const latest = new LatestWins();
  const change = deferred();
  const changed = latest.update(change.promise);
  assert.equal(await latest.query(Promise.resolve("before")), "before");
  change.resolve("after");
  assert.equal(await changed, "after");
});

const lanesOver = (delay) => ({
  lanes: [{ lane: "ws", link: { up: { delay }, down: { delay } } }],
});

test("state from before a change of the link does not return", async () => {
  const [get, put] = [deferred(), deferred()];
  const gate = new Gate(
    /** @type {any} */ ((path, { method }) => (method === "GET" ? get : put).promise),
  );
  const [looking, setting] = [
    gate.refresh(),
    gate.setLink({ delay: 50, jitter: 0, bandwidth: null }),
  ];
  put.resolve(Response.json(lanesOver(50)));
  await setting;
  get.resolve(Response.json(lanesOver(0)));
  await looking;
  assert.equal(gate.link?.delay, 50);
});

/** A gate that applies a link only when it responds. */
class Deaf extends EventTarget {
  asked = [];
  answers = false;

  async setLink(link) {
    this.asked.push(link.delay);
    if (!this.answers) throw new Error("nothing answers");
  }
}

test("the link of the address is applied until the gate accepts it", async () => {
  const [gate, store] = [
    new Deaf(),
    Object.assign(new EventTarget(), { settings: { link: { delay: 50 } } }),
  ];
  const recorded = () => gate.dispatchEvent(new Event("change"));
  await applyChosenLink(/** @type {any} */ (gate), /** @type {any} */ (store));
  gate.answers = true;
  recorded();
  await until(() => gate.asked.length === 2);
  recorded();
  store.settings = { link: { delay: 10 } };
  store.dispatchEvent(new Event("settings"));
  recorded();
  assert.deepEqual(gate.asked, [50, 50, 10]);
});
