// What a connection promises over each transport alike, told once and run for each; then what only one of them does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { transports } from "../js/trilane/transports/index.js";
import { clockwork, observe, settled, until } from "./observed-client.js";
import { Service } from "./fake-service.js";

/** @param {(name: string, service: Service, t: import("node:test").TestContext) => Promise<void>} scenario */
function forEveryTransport(title, scenario) {
  for (const name of Object.keys(transports)) test(`${name} ${title}`, (t) => scenario(name, new Service(), t));
}

forEveryTransport("delivers new messages in order", async (name, service) => {
  service.publish("before");
  const reader = observe(name, service);
  await reader.is("open");
  for (const text of ["one", "two", "three"]) service.publish(text);
  await until(() => reader.messages.length === 3);
  assert.deepEqual(reader.messages, ["one", "two", "three"]);
  reader.leave();
});

forEveryTransport("starts after the given cursor", async (name, service) => {
  for (const text of ["one", "two", "three"]) service.publish(text);
  const reader = observe(name, service, { after: "1-1" });
  await until(() => reader.messages.length === 2);
  assert.deepEqual(reader.messages, ["two", "three"]);
  reader.leave();
});

forEveryTransport("continues after a cut without loss or duplicate", async (name, service) => {
  const reader = observe(name, service);
  await reader.is("open");
  service.publish("one");
  await until(() => reader.messages.length === 1);
  service.cut();
  service.publish("while away");
  await until(() => reader.messages.length === 2);
  service.publish("three");
  await until(() => reader.messages.length === 3);
  assert.deepEqual(reader.messages, ["one", "while away", "three"]);
  assert.ok(reader.states.some(({ state }) => state === "retrying"));
  reader.leave();
});

forEveryTransport("keeps trying while the service is down, and reconnects", async (name, service) => {
  const reader = observe(name, service);
  await reader.is("open");
  service.publish("one");
  await until(() => reader.messages.length === 1);
  service.goDown();
  service.publish("two");
  await until(() => service.asked.length > 4);
  service.up = true;
  await until(() => reader.messages.length === 2);
  assert.deepEqual(reader.messages, ["one", "two"]);
  await reader.is("open");
  reader.leave();
});

forEveryTransport("reports a service that does not respond", async (name, service) => {
  service.up = false;
  const reader = observe(name, service);
  await reader.is("retrying");
  assert.ok(reader.states.at(-1).retryAt > 0);
  assert.equal(reader.states.some(({ state }) => state === "open"), false);
  reader.leave();
});

forEveryTransport("reports a reset before the messages that are left", async (name, service) => {
  for (const text of ["one", "two", "three"]) service.publish(text);
  service.forget(2);
  const reader = observe(name, service, { after: "1-0" });
  await until(() => reader.messages.length === 1);
  assert.deepEqual(reader.resets, [{ after: "1-0", oldest: "1-3" }]);
  reader.leave();
});

forEveryTransport("reports every request it makes", async (name, service) => {
  const reader = observe(name, service);
  await reader.is("open");
  service.publish("one");
  await until(() => reader.messages.length === 1);
  service.goDown();
  await until(() => service.asked.length > 4);
  reader.leave();
  assert.ok(Math.abs(reader.recorded.requests - service.asked.length) <= 1, `${reader.recorded.requests} of ${service.asked.length}`);
});

forEveryTransport("is silent once it is closed", async (name, service, t) => {
  const pass = clockwork(t);
  const reader = observe(name, service);
  await settled();
  assert.equal(reader.states.at(-1).state, "open");
  const { length } = reader.states;
  reader.leave();
  const asked = service.asked.length;
  service.publish("too late");
  service.cut();
  await pass(60_000);
  assert.deepEqual(reader.messages, []);
  assert.equal(reader.states.length, length + 1);
  assert.equal(reader.states.at(-1).state, "closed");
  assert.equal(service.asked.length, asked);
});

test("longpoll sends its first poll without holding", async () => {
  const service = new Service();
  const reader = observe("longpoll", service, { after: "1-0" });
  await until(() => service.asked.length === 2);
  assert.deepEqual(service.asked.map((url) => url.searchParams.get("wait")), ["0", null]);
  reader.leave();
});

test("longpoll waits as long as Retry-After says", async () => {
  const service = new Service();
  service.refuses = () => Response.json({ detail: "draining" }, { status: 503, headers: { "retry-after": "7" } });
  const before = performance.timeOrigin + performance.now();
  const reader = observe("longpoll", service);
  await reader.is("retrying");
  const { status, detail, retryAt } = reader.states.at(-1);
  assert.deepEqual({ status, detail }, { status: 503, detail: "draining" });
  assert.ok(retryAt - before >= 7_000);
  reader.leave();
});

test("longpoll treats an unreadable response as a failure and resumes", async () => {
  const service = new Service();
  const reader = observe("longpoll", service);
  await reader.is("open");
  service.refuses = () => new Response("<h1>a proxy's page</h1>");
  service.publish("one");
  await reader.is("retrying");
  service.refuses = undefined;
  service.publish("two");
  await until(() => reader.messages.length === 2);
  assert.deepEqual(reader.messages, ["one", "two"]);
  reader.leave();
});

test("sse is open with its first event, not with its headers", async () => {
  const service = Object.assign(new Service(), { holdsBack: true });
  const reader = observe("sse", service, { openWithin: 20 });
  await reader.is("retrying");
  assert.equal(reader.states.at(-1).detail, "it did not open within 0.02 s");
  reader.leave();
});

test("sse learns its start from the stream", async () => {
  const service = new Service();
  service.publish("before");
  const reader = observe("sse", service);
  await reader.is("open");
  assert.deepEqual(reader.cursors, ["1-1"]);
  service.cut();
  service.publish("missed by a stream that never had a message");
  await until(() => reader.messages.length === 1);
  reader.leave();
});

test("sse waits for the time that the service sent", async () => {
  const service = new Service();
  const stream = "retry: 7000\n";
  const headers = { "content-type": "text/event-stream" };
  service.refuses = () => new Response(stream, { headers });
  const reader = observe("sse", service);
  const before = performance.timeOrigin + performance.now();
  await reader.is("retrying");
  assert.ok(reader.states.at(-1).retryAt - before >= 7_000);
  reader.leave();
});

test("ws asks over HTTP why a handshake was refused", async () => {
  const service = new Service();
  service.refuses = () => Response.json({ detail: "too many" }, { status: 503 });
  const reader = observe("ws", service);
  await reader.is("retrying");
  assert.equal(reader.states.at(-1).detail, "too many");
  reader.leave();
});

test("ws that the platform lacks is reported", async () => {
  const reader = observe("ws", new Service(), { WebSocket: null });
  await reader.is("closed");
  assert.match(reader.errors[0].detail, /no WebSocket/);
});
