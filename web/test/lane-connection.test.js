// The connections of the lanes to the store, and the publisher.

import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { Connection } from "../js/lanes/lane-connection.js";
import { PagePublisher } from "../js/lanes/page-publisher.js";
import { Store } from "../js/page/store.js";
import { transports } from "../js/trilane/transports/index.js";
import { until } from "./virtual-clock.js";
import { inspect } from "../js/lanes/inspection.js";
import { Service } from "./fake-service.js";
import { present } from "./present.js";

const names = Object.keys(transports);

let disconnect = () => {};
// The timers of an open connection would keep the process alive.
afterEach(() => disconnect());

/** The page without its views: all lanes on one service, or each on its own. */
function openPage(serviceOf) {
  /** @type {any} */
  const services = Object.fromEntries(names.map((name) => [name, `http://${name}`]));
  /** @type {any} */
  const settings = { channel: "main", rate: 0, size: 16, through: "auto" };
  const store = new Store({
    endpoints: /** @type {any} */ ({ lanes: services, services, gated: false }),
    settings,
    page: "me",
  });
  mock.method(globalThis, "fetch", async (url, options) => {
    const service = serviceOf(new URL(url).hostname);
    if (options?.method !== "POST") return service.platform.fetch(url, options);
    service.publish(JSON.parse(options.body).message);
    return Response.json({ id: service.latest });
  });
  const connections = new Map(
    store.lanes.map((lane) => [
      lane.name,
      new Connection(store, lane, serviceOf(lane.name).platform),
    ]),
  );
  disconnect = () => connections.forEach((connection) => connection.disconnect());
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

const counts = ({ store }) => store.lanes.map(({ sequence }) => sequence.count);

test("a message posted once to a shared broker arrives once in every lane", async () => {
  const shared = new Service();
  const page = openPage(() => shared);
  await open(page);
  await page.publisher.send("hello");
  await until(() => counts(page).every((count) => count === 1));
  assert.equal(page.store.posted, 1);
  assert.deepEqual(
    inspect(page.store.lanes, { n: 1, offset: 1 }).map(({ at }) => present(at) > 0),
    [true, true, true],
  );
});

test("a message for separate brokers is posted to each and counts once", async () => {
  const own = new Map(names.map((name, index) => [name, serviceOfEpoch(index + 1)]));
  const page = openPage((name) => own.get(name));
  await open(page);
  await page.publisher.send("hello");
  await until(() => counts(page).every((count) => count === 1));
  assert.equal(page.store.posted, 3);
  assert.equal(page.store.recent.find({ n: 1, offset: NaN })?.message.text, "hello");
});

test("a lane that was off resumes at its cursor", async () => {
  const shared = new Service();
  const page = openPage(() => shared);
  await open(page);
  await page.publisher.send("before");
  await until(() => counts(page).every((count) => count === 1));
  for (const connection of page.connections.values()) connection.toggle();
  assert.deepEqual(
    page.store.lanes.map(({ state }) => state),
    ["off", "off", "off"],
  );
  shared.publish("while off");
  for (const connection of page.connections.values()) connection.toggle();
  await until(() => counts(page).every((count) => count === 2));
  assert.ok(
    page.store.lanes.every(
      ({ sequence }) => !sequence.missing && !sequence.duplicates && sequence.inOrder,
    ),
  );
});

test("a lane that the browser refuses reports it", async () => {
  const page = openPage(() => new Service());
  const lane = page.store.lane("ws");
  /** @type {any} */
  const WebSocket = function () {
    throw new Error("insecure");
  };
  new Connection(page.store, lane, { WebSocket }).connect();
  await until(() => lane.state === "off");
  assert.equal(lane.trouble?.detail, "insecure");
});

test("a recorded lane ignores the choice of clients", () => {
  const page = openPage(() => new Service());
  for (const lane of page.store.lanes) lane.enter("recorded", 0);
  page.store.set({ clients: "naive" });
  for (const connection of page.connections.values()) connection.toggle();
  assert.deepEqual(
    page.store.lanes.map(({ state }) => state),
    ["recorded", "recorded", "recorded"],
  );
});

test("nothing is posted when no lane is connected", async () => {
  const page = openPage(() => new Service());
  await page.publisher.send("hello");
  assert.deepEqual([page.store.posted, page.store.failed], [0, 0]);
});
