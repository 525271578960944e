// Experiments run one at a time, give what was counted meanwhile, and leave everything as it was.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Laboratory } from "../js/experiments/laboratory.js";
import { Store } from "../js/store.js";
import { until } from "./listener.js";

before(() => void (globalThis.document ??= new EventTarget()));

const SERVICES = { longpoll: "http://lp", sse: "http://sse", ws: "http://ws" };
const SETTINGS = { channel: "main", rate: 3, size: 100, through: "all", clients: "robust" };

/** A page whose lanes get each message at once, ten a second for each unit of rate. */
function page({ open = ["sse", "ws"] } = {}) {
  const store = new Store({ places: { lanes: SERVICES, services: SERVICES }, settings: SETTINGS, page: "me" });
  for (const name of open) {
    store.lane(name).enter("open", 0);
    store.lane(name).begin("1-0");
  }
  let n = 0;
  const beat = setInterval(() => {
    if (!store.settings.rate) return;
    n += 1;
    const message = { id: `1-${n}`, channel: "main", message: { page: "me", n, sent: 0, text: "" }, time: 0 };
    for (const name of open) store.receive(store.lane(name), message, 5);
  }, 10);
  beat.unref();
  const link = () => ({ delay: 0, jitter: 0, bandwidth: null });
  return { store, places: { services: SERVICES }, link, connections: new Map(), sender: {} };
}

const SHORT = { settings: { rate: 7, size: 64 }, seconds: 0.1 };

test("a steady rate is measured in a window of its own, and put back", async () => {
  const at = page();
  const laboratory = new Laboratory(at);
  const running = laboratory.run("yours", SHORT, "choose");
  assert.deepEqual([laboratory.running.name, laboratory.asked], ["yours", "choose"]);
  await laboratory.run("rare");
  await running;
  assert.deepEqual([laboratory.running, laboratory.failure, at.store.settings], [undefined, undefined, { ...SETTINGS }]);
  assert.deepEqual([...laboratory.results.keys()], ["yours"]);
  const { lanes } = laboratory.results.get("yours");
  assert.deepEqual(Object.keys(lanes), ["sse", "ws"]);
  const [{ operations, lost }] = lanes.sse.repetitions;
  assert.ok(operations > 0 && operations < 30 && lost === 0, String(operations));
  assert.deepEqual([lanes.sse.scenario.load, lanes.sse.scenario.payload_bytes], [{ "per-second": 7 }, 64]);

  await laboratory.run("yours", SHORT);
  assert.equal(laboratory.results.get("yours").lanes.ws.repetitions.length, 2);
  await laboratory.run("yours", { ...SHORT, settings: { rate: 8 } });
  assert.equal(laboratory.results.get("yours").lanes.ws.repetitions.length, 1);
});

test("without a lane there is no result, and it is said why", async () => {
  const at = page({ open: [] });
  const laboratory = new Laboratory(at);
  for (const name of ["yours", "upstream", "opening"]) {
    await laboratory.run(name, { seconds: 0 });
    assert.match(laboratory.failure, /no lane is open$/, name);
  }
  assert.deepEqual([laboratory.results.size, at.store.settings], [0, { ...SETTINGS }]);
});

test("an experiment that is stopped gives nothing", async () => {
  const at = page();
  const laboratory = new Laboratory(at);
  const running = laboratory.run("frequent");
  await until(() => at.store.settings.rate === 0);
  laboratory.stop();
  await running;
  assert.match(laboratory.failure, /stopped$/);
  assert.deepEqual([laboratory.results.size, at.store.settings.rate], [0, 3]);
});

test("so far means since all lanes knew where they were", () => {
  const at = page({ open: [] });
  const laboratory = new Laboratory(at);
  for (const lane of at.store.lanes) {
    lane.enter("open", 0);
    at.store.changed();
  }
  for (const lane of at.store.lanes) lane.begin("1-0");
  at.store.changed();
  at.store.receive(at.store.lane("ws"), { id: "1-1", channel: "main", message: {}, time: 0 }, 5);
  const { lanes } = laboratory.soFar();
  assert.deepEqual(Object.values(lanes).map(({ repetitions }) => repetitions[0].operations), [0, 0, 1]);
});
