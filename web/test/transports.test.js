// The guarantees of a connection, tested with each transport, then the specifics of one transport.

import assert from "node:assert/strict";
import { test } from "node:test";
import { transports } from "../js/trilane/transports/index.js";
import { observe } from "./observed-client.js";
import { advance, settled, until } from "./virtual-clock.js";
import { Service } from "./fake-service.js";
import { latest, present } from "./present.js";

/**
 * @param {(name: string, service: Service, t: import("node:test").TestContext) => Promise<void>}
 *   scenario
 */
function forEveryTransport(title, scenario) {
  for (const name of Object.keys(transports))
    test(`${name} ${title}`, (t) => scenario(name, new Service(), t));
}

forEveryTransport("delivers new messages in order", async (name, service) => {
  service.publish("before");
  const subscriber = observe(name, service);
  await subscriber.is("open");
  for (const text of ["one", "two", "three"]) service.publish(text);
  await until(() => subscriber.messages.length === 3);
  assert.deepEqual(subscriber.messages, ["one", "two", "three"]);
});

forEveryTransport("starts after the given cursor", async (name, service) => {
  for (const text of ["one", "two", "three"]) service.publish(text);
  const subscriber = observe(name, service, { after: "1-1" });
  await until(() => subscriber.messages.length === 2);
  assert.deepEqual(subscriber.messages, ["two", "three"]);
});

forEveryTransport("continues after a cut without loss or duplicate", async (name, service) => {
  const subscriber = observe(name, service);
  await subscriber.is("open");
  service.publish("one");
  await until(() => subscriber.messages.length === 1);
  service.cut();
  service.publish("while away");
  await until(() => subscriber.messages.length === 2);
  service.publish("three");
  await until(() => subscriber.messages.length === 3);
  assert.deepEqual(subscriber.messages, ["one", "while away", "three"]);
  assert.ok(subscriber.states.some(({ state }) => state === "retrying"));
});

forEveryTransport(
  "keeps trying while the service is down, and reconnects",
  async (name, service) => {
    const subscriber = observe(name, service);
    await subscriber.is("open");
    service.publish("one");
    await until(() => subscriber.messages.length === 1);
    service.stop();
    service.publish("two");
    await until(() => service.requests.length > 4);
    service.up = true;
    await until(() => subscriber.messages.length === 2);
    assert.deepEqual(subscriber.messages, ["one", "two"]);
    await subscriber.is("open");
  },
);

forEveryTransport("reports a service that does not respond", async (name, service) => {
  service.up = false;
  const subscriber = observe(name, service);
  await subscriber.is("retrying");
  assert.ok(present(latest(subscriber.states).retryAt) > 0);
  assert.equal(
    subscriber.states.some(({ state }) => state === "open"),
    false,
  );
});

forEveryTransport("reports a reset before the messages that are left", async (name, service) => {
  for (const text of ["one", "two", "three"]) service.publish(text);
  service.forget(2);
  const subscriber = observe(name, service, { after: "1-0" });
  await until(() => subscriber.messages.length === 1);
  assert.deepEqual(subscriber.resets, [{ after: "1-0", oldest: "1-3" }]);
});

forEveryTransport("reports every request it makes", async (name, service) => {
  const subscriber = observe(name, service);
  await subscriber.is("open");
  service.publish("one");
  await until(() => subscriber.messages.length === 1);
  service.stop();
  await until(() => service.requests.length > 4);
  subscriber.close();
  assert.ok(
    Math.abs(subscriber.recorded.requests - service.requests.length) <= 1,
    `${subscriber.recorded.requests} of ${service.requests.length}`,
  );
});

forEveryTransport("is silent once it is closed", async (name, service) => {
  const subscriber = observe(name, service);
  await settled();
  assert.equal(latest(subscriber.states).state, "open");
  const { length } = subscriber.states;
  subscriber.close();
  const asked = service.requests.length;
  service.publish("too late");
  service.cut();
  await advance(60_000);
  assert.deepEqual(subscriber.messages, []);
  assert.equal(subscriber.states.length, length + 1);
  assert.equal(latest(subscriber.states).state, "closed");
  assert.equal(service.requests.length, asked);
});

test("longpoll sends its first poll without holding", async () => {
  const service = new Service();
  observe("longpoll", service, { after: "1-0" });
  await until(() => service.requests.length === 2);
  assert.deepEqual(
    service.requests.map((url) => url.searchParams.get("wait")),
    ["0", null],
  );
});

test("longpoll waits as long as Retry-After says", async () => {
  const service = new Service();
  service.refuses = () =>
    Response.json({ detail: "draining" }, { status: 503, headers: { "retry-after": "7" } });
  const before = performance.timeOrigin + performance.now();
  const subscriber = observe("longpoll", service);
  await subscriber.is("retrying");
  const { status, detail, retryAt } = latest(subscriber.states);
  assert.deepEqual({ status, detail }, { status: 503, detail: "draining" });
  assert.ok(present(retryAt) - before >= 7_000);
});

test("longpoll treats an unreadable response as a failure and resumes", async () => {
  const service = new Service();
  const subscriber = observe("longpoll", service);
  await subscriber.is("open");
  service.refuses = () => new Response("<h1>a proxy's page</h1>");
  service.publish("one");
  await subscriber.is("retrying");
  service.refuses = undefined;
  service.publish("two");
  await until(() => subscriber.messages.length === 2);
  assert.deepEqual(subscriber.messages, ["one", "two"]);
});

for (const name of ["longpoll", "sse", "ws"]) {
  const ended = (subscriber) => {
    const ends = [];
    subscriber.connection.addEventListener("end", ({ detail }) => ends.push(detail.cursor));
    return ends;
  };

  test(`${name} stops at the end of the channel`, async () => {
    const service = new Service();
    const subscriber = observe(name, service);
    const ends = ended(subscriber);
    await subscriber.is("open");
    service.publish("one");
    service.publish("last", undefined, { end: true });
    await subscriber.is("closed");
    assert.deepEqual(subscriber.messages, ["one", "last"]);
    assert.deepEqual(ends, ["1-2"]);
    assert.equal(subscriber.connection.trouble, undefined);
    const requests = service.requests.length;
    await advance(60_000);
    assert.equal(service.requests.length, requests, "it does not reconnect");
  });

  test(`${name} hears of an end that was before it`, async () => {
    const service = new Service();
    service.publish("one");
    service.publish(undefined, undefined, { end: true });
    for (const [after, messages] of [
      ["0", ["one", null]],
      ["1-2", []],
    ]) {
      const subscriber = observe(name, service, { after });
      const ends = ended(subscriber);
      await subscriber.is("closed");
      assert.deepEqual([subscriber.messages, ends], [messages, ["1-2"]]);
    }
  });

  test(`${name} does not take an end for complete that comes after a gap`, async () => {
    const service = new Service();
    const subscriber = observe(name, service, { after: "0" });
    await subscriber.is("open");
    service.transform = () => [];
    service.publish("last", undefined, { end: true });
    await subscriber.is("retrying");
    service.transform = undefined;
    await subscriber.is("closed");
    assert.deepEqual(subscriber.messages, ["last"]);
  });
}

test("sse is open with its first event, not with its headers", async () => {
  const service = Object.assign(new Service(), { omitsHello: true });
  const subscriber = observe("sse", service, { openWithin: 20 });
  await subscriber.is("retrying");
  assert.equal(latest(subscriber.states).detail, "it did not open within 0.02 s");
});

test("sse learns its start from the stream", async () => {
  const service = new Service();
  service.publish("before");
  const subscriber = observe("sse", service);
  await subscriber.is("open");
  assert.deepEqual(subscriber.cursors, ["1-1"]);
  service.cut();
  service.publish("missed by a stream that never had a message");
  await until(() => subscriber.messages.length === 1);
});

test("sse waits for the time that the service sent", async () => {
  const service = new Service();
  const stream = "retry: 7000\n";
  const headers = { "content-type": "text/event-stream" };
  service.refuses = () => new Response(stream, { headers });
  const subscriber = observe("sse", service);
  const before = performance.timeOrigin + performance.now();
  await subscriber.is("retrying");
  assert.ok(present(latest(subscriber.states).retryAt) - before >= 7_000);
});

test("sse says that a response without a body is not an event stream", async () => {
  const service = new Service();
  const headers = { "content-type": "text/event-stream" };
  service.refuses = () => new Response(null, { status: 204, headers });
  const subscriber = observe("sse", service);
  await subscriber.is("retrying");
  assert.equal(latest(subscriber.states).detail, "the response is not an event stream");
});

test("ws asks over HTTP why a handshake was refused", async () => {
  const service = new Service();
  service.refuses = () => Response.json({ detail: "too many" }, { status: 503 });
  const subscriber = observe("ws", service);
  await subscriber.is("retrying");
  assert.equal(latest(subscriber.states).detail, "too many");
});

test("ws that the platform lacks is reported", async () => {
  const subscriber = observe("ws", new Service(), { WebSocket: null });
  await subscriber.is("closed");
  assert.match(present(subscriber.errors[0].detail), /no WebSocket/);
});
