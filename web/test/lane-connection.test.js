// Lanes as the page runs them: a connection between a transport and the store, and the publisher beside it.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Connection } from "../js/lanes/lane-connection.js";
import { PagePublisher } from "../js/lanes/page-publisher.js";
import { Store } from "../js/page/store.js";
import { transports } from "../js/trilane/transports/index.js";
import { until } from "./observed-client.js";
import { inspect } from "../js/lanes/inspection.js";
import { Service } from "./fake-service.js";

const names = Object.keys(transports);

/** The page without its views: all lanes on one service, or each on its own. */
function page(serviceOf) {
  const services = Object.fromEntries(names.map((name) => [name, `http://${name}`]));
  const settings = { channel: "main", rate: 0, size: 16, through: "auto" };
  const store = new Store({ places: { lanes: services, services, gated: false }, settings, page: "me" });
  mock.method(globalThis, "fetch", async (url, options) => {
    const service = serviceOf(new URL(url).hostname);
    if (options?.method !== "POST") return service.platform.fetch(url, options);
    service.publish(JSON.parse(options.body).message);
    return Response.json({ id: service.latest });
  });
  const connections = new Map(
    store.lanes.map((lane) => [lane.name, new Connection(store, lane, serviceOf(lane.name).platform)]),
  );
  return { store, connections, publisher: new PagePublisher(store, connections) };
}

async function open({ store, connections }) {
  for (const connection of connections.values()) connection.connect();
  await until(() => store.lanes.every(({ state, epoch }) => state === "open" && epoch));
}

function serviceOfEpoch(epoch) {
  const service = new Service();
  service.history.epoch = epoch;
  return service;
}

const close = ({ connections }) => connections.forEach((connection) => connection.disconnect());
const counts = ({ store }) => store.lanes.map(({ sequence }) => sequence.count);

test("a message posted once to a shared broker arrives once in every lane", async (t) => {
  t.after(() => mock.restoreAll());
  const shared = new Service();
  const lab = page(() => shared);
  await open(lab);
  await lab.publisher.send("hello");
  await until(() => counts(lab).every((count) => count === 1));
  assert.equal(lab.store.posted, 1);
  assert.deepEqual(inspect(lab.store.lanes, { n: 1, offset: 1 }).map(({ at }) => at > 0), [true, true, true]);
  close(lab);
});

test("a message for separate brokers is posted to each and counts once", async (t) => {
  t.after(() => mock.restoreAll());
  const own = new Map(names.map((name, index) => [name, serviceOfEpoch(index + 1)]));
  const lab = page((name) => own.get(name));
  await open(lab);
  await lab.publisher.send("hello");
  await until(() => counts(lab).every((count) => count === 1));
  assert.equal(lab.store.posted, 3);
  assert.equal(lab.store.recent.find({ n: 1, offset: NaN }).message.text, "hello");
  close(lab);
});

test("a lane that was off resumes at its cursor", async (t) => {
  t.after(() => mock.restoreAll());
  const shared = new Service();
  const lab = page(() => shared);
  await open(lab);
  await lab.publisher.send("before");
  await until(() => counts(lab).every((count) => count === 1));
  for (const connection of lab.connections.values()) connection.toggle();
  assert.deepEqual(lab.store.lanes.map(({ state }) => state), ["off", "off", "off"]);
  shared.publish("while off");
  for (const connection of lab.connections.values()) connection.toggle();
  await until(() => counts(lab).every((count) => count === 2));
  assert.ok(lab.store.lanes.every(({ sequence }) => !sequence.missing && !sequence.duplicates && sequence.inOrder));
  close(lab);
});

test("a lane that the browser refuses says so and leaves the others alone", async (t) => {
  t.after(() => mock.restoreAll());
  const lab = page(() => new Service());
  const lane = lab.store.lane("ws");
  const WebSocket = function () {
    throw new Error("insecure");
  };
  new Connection(lab.store, lane, { WebSocket }).connect();
  await until(() => lane.state === "off");
  assert.equal(lane.trouble.detail, "insecure");
});

test("a lane that shows a recording stays there, whatever is chosen", (t) => {
  const lab = page(() => new Service());
  t.after(() => (close(lab), mock.restoreAll()));
  for (const lane of lab.store.lanes) lane.enter("recorded", 0);
  lab.store.set({ clients: "naive" });
  for (const connection of lab.connections.values()) connection.toggle();
  assert.deepEqual(lab.store.lanes.map(({ state }) => state), ["recorded", "recorded", "recorded"]);
});

test("nothing is posted when no lane is connected", async (t) => {
  t.after(() => mock.restoreAll());
  const lab = page(() => new Service());
  await lab.publisher.send("hello");
  assert.deepEqual([lab.store.posted, lab.store.failed], [0, 0]);
});
