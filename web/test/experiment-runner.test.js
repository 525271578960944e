// Experiments run one at a time, count within their own window, and restore the settings.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ExperimentRunner } from "../js/experiments/experiment-runner.js";
import { Store } from "../js/page/store.js";
import { resolved, until } from "./virtual-clock.js";
import { present } from "./present.js";

before(() => void (globalThis.document ??= /** @type {any} */ (new EventTarget())));

const SERVICES = { longpoll: "http://lp", sse: "http://sse", ws: "http://ws" };
/** @type {any} */
const SETTINGS = { channel: "main", rate: 3, size: 100, through: "all", clients: "robust" };

/**
 * A page whose lanes receive each message at once, every 10 ms while the rate is not zero.
 * @returns {any}
 */
function page({ open = ["sse", "ws"] } = {}) {
  const store = new Store({
    endpoints: /** @type {any} */ ({ lanes: SERVICES, services: SERVICES }),
    settings: SETTINGS,
    page: "me",
  });
  for (const name of open) {
    store.lane(name).enter("open", 0);
    store.lane(name).begin("1-0");
  }
  let n = 0;
  setInterval(() => {
    if (!store.settings.rate) return;
    n += 1;
    const message = {
      id: `1-${n}`,
      channel: "main",
      message: { page: "me", n, sent: 0, text: "" },
      time: 0,
    };
    for (const name of open) store.receive(store.lane(name), message, 5);
  }, 10);
  const link = () => ({ delay: 0, jitter: 0, bandwidth: null });
  return { store, endpoints: { services: SERVICES }, link, connections: new Map(), publisher: {} };
}

const SHORT = { settings: { rate: 7, size: 64 }, seconds: 0.1 };

test("a steady rate is measured in its own window and restored", async () => {
  const at = page();
  const runner = new ExperimentRunner(at);
  const running = runner.run("yours", SHORT, "choose");
  assert.deepEqual([runner.running?.name, runner.asked], ["yours", "choose"]);
  await runner.run("rare");
  await resolved(running);
  assert.deepEqual(
    [runner.running, runner.failure, at.store.settings],
    [undefined, undefined, { ...SETTINGS }],
  );
  assert.deepEqual([...runner.results.keys()], ["yours"]);
  const lanes = present(runner.results.get("yours")?.lanes);
  assert.deepEqual(Object.keys(lanes), ["sse", "ws"]);
  const [{ operations, lost }] = lanes.sse.repetitions;
  assert.ok(operations > 0 && operations < 30 && lost === 0, String(operations));
  assert.deepEqual(
    [lanes.sse.scenario.load, lanes.sse.scenario.payload_bytes],
    [{ "per-second": 7 }, 64],
  );

  await resolved(runner.run("yours", SHORT));
  assert.equal(runner.results.get("yours")?.lanes?.ws.repetitions.length, 2);
  await resolved(runner.run("yours", { ...SHORT, settings: { rate: 8 } }));
  assert.equal(runner.results.get("yours")?.lanes?.ws.repetitions.length, 1);
});

test("without an open lane the failure is reported", async () => {
  const at = page({ open: [] });
  const runner = new ExperimentRunner(at);
  for (const name of ["yours", "upstream", "opening"]) {
    await resolved(runner.run(name, { seconds: 0 }));
    assert.match(present(runner.failure), /no lane is open$/, name);
  }
  assert.deepEqual([runner.results.size, at.store.settings], [0, { ...SETTINGS }]);
});

test("a stopped experiment has no result", async () => {
  const at = page();
  const runner = new ExperimentRunner(at);
  const running = runner.run("frequent");
  await until(() => at.store.settings.rate === 0);
  runner.stop();
  await resolved(running);
  assert.match(present(runner.failure), /stopped$/);
  assert.deepEqual([runner.results.size, at.store.settings.rate], [0, 3]);
});

test("counting starts when all lanes have settled", () => {
  const at = page({ open: [] });
  const runner = new ExperimentRunner(at);
  for (const lane of at.store.lanes) {
    lane.enter("open", 0);
    at.store.changed();
  }
  for (const lane of at.store.lanes) lane.begin("1-0");
  at.store.changed();
  at.store.receive(at.store.lane("ws"), { id: "1-1", channel: "main", message: {}, time: 0 }, 5);
  const { lanes } = runner.sinceStart();
  assert.deepEqual(
    Object.values(lanes).map(({ repetitions }) => repetitions[0].operations),
    [0, 0, 1],
  );
});
