// What all transports promise alike, told once and run for each; then what only one of them does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { transports } from "../js/transports/index.js";
import { listen, until } from "./listener.js";
import { Service } from "./service.js";

/** @param {(name: string, service: Service) => Promise<void>} scenario */
function forEveryTransport(title, scenario) {
  for (const name of Object.keys(transports)) test(`${name} ${title}`, () => scenario(name, new Service()));
}

forEveryTransport("delivers in order what is published from now on", async (name, service) => {
  service.publish("before");
  const reader = listen(name, service);
  await reader.is("open");
  for (const text of ["one", "two", "three"]) service.publish(text);
  await until(() => reader.messages.length === 3);
  assert.deepEqual(reader.messages, ["one", "two", "three"]);
  reader.leave();
});

forEveryTransport("begins after the cursor it is given", async (name, service) => {
  for (const text of ["one", "two", "three"]) service.publish(text);
  const reader = listen(name, service, { after: "1-1" });
  await until(() => reader.messages.length === 2);
  assert.deepEqual(reader.messages, ["two", "three"]);
  reader.leave();
});

forEveryTransport("continues after a cut without loss or duplicate", async (name, service) => {
  const reader = listen(name, service);
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

forEveryTransport("keeps trying while the service is down, and comes back", async (name, service) => {
  const reader = listen(name, service);
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

forEveryTransport("reports a service that was never there", async (name, service) => {
  service.up = false;
  const reader = listen(name, service);
  await reader.is("retrying");
  assert.ok(reader.states.at(-1).retryAt > 0);
  assert.equal(reader.states.some(({ state }) => state === "open"), false);
  reader.leave();
});

forEveryTransport("tells a reset before the messages that are left", async (name, service) => {
  for (const text of ["one", "two", "three"]) service.publish(text);
  service.forget(2);
  const reader = listen(name, service, { after: "1-0" });
  await until(() => reader.messages.length === 1);
  assert.deepEqual(reader.resets, [{ after: "1-0", oldest: "1-3" }]);
  reader.leave();
});

forEveryTransport("reports every request it makes", async (name, service) => {
  const reader = listen(name, service);
  await reader.is("open");
  service.publish("one");
  await until(() => reader.messages.length === 1);
  service.goDown();
  await until(() => service.asked.length > 4);
  reader.leave();
  assert.ok(Math.abs(reader.heard.requests - service.asked.length) <= 1, `${reader.heard.requests} of ${service.asked.length}`);
});

forEveryTransport("is silent once its signal has aborted", async (name, service) => {
  const reader = listen(name, service);
  await reader.is("open");
  reader.leave();
  const { length } = reader.states;
  const asked = service.asked.length;
  service.publish("too late");
  service.cut();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(reader.messages, []);
  assert.equal(reader.states.length, length);
  assert.equal(service.asked.length, asked);
});

test("longpoll asks once without holding, to learn whether the service is there", async () => {
  const service = new Service();
  const reader = listen("longpoll", service, { after: "1-0" });
  await until(() => service.asked.length === 2);
  assert.deepEqual(service.asked.map((url) => url.searchParams.get("wait")), ["0", null]);
  reader.leave();
});

test("longpoll waits as long as Retry-After says", async () => {
  const service = new Service();
  service.refuses = () => Response.json({ detail: "draining" }, { status: 503, headers: { "retry-after": "7" } });
  const before = performance.timeOrigin + performance.now();
  const reader = listen("longpoll", service);
  await reader.is("retrying");
  const { status, detail, retryAt } = reader.states.at(-1);
  assert.deepEqual({ status, detail }, { status: 503, detail: "draining" });
  assert.ok(retryAt - before >= 7_000);
  reader.leave();
});

test("longpoll takes an answer it cannot read for a failure, and goes on from its cursor", async () => {
  const service = new Service();
  const reader = listen("longpoll", service);
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

test("sse leaves the retry to the browser as long as the browser does it", async () => {
  const service = new Service();
  const reader = listen("sse", service);
  await reader.is("open");
  service.cut();
  assert.equal(reader.states.at(-1).retryAt, undefined);
  await reader.is("open");
  assert.equal(reader.heard.requests, 2);
  reader.leave();
});

test("ws publishes over the same connection and hears what became of it", async () => {
  const service = new Service();
  const reader = listen("ws", service);
  await reader.is("open");
  assert.equal((await reader.way.publish("up")).id, "1-1");
  await until(() => reader.messages.length === 1);
  await assert.rejects(reader.way.publish(undefined), /no message/);
  service.goDown();
  await assert.rejects(reader.way.publish("lost"), /not open/);
  reader.leave();
});
