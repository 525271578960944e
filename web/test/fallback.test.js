// Falling back and climbing up again, always with the same cursor.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clockwork, observe, until } from "./observed-client.js";
import { Service } from "./fake-service.js";

const ALL = ["ws", "sse", "longpoll"];

/** The transports that were asked for, each once for every stretch of it. */
const stretches = ({ asked }) => {
  const names = asked.map(({ pathname }) => ({ "/ws": "ws", "/events": "sse", "/poll": "longpoll" })[pathname]);
  return names.filter((name, index) => name !== names[index - 1]);
};

/** @param {string[]} names */
function without(...names) {
  return Object.assign(new Service(), { blocked: new Set(names) });
}

test("the first transport that works is kept", async () => {
  const service = new Service();
  const reader = observe(ALL, service);
  await reader.is("open", "ws");
  assert.equal(service.asked.length, 1);
  assert.equal(reader.connection.transport, "ws");
  reader.leave();
});

test("a transport that is refused twice gives way to the next", async () => {
  const service = without("ws", "sse");
  const reader = observe(ALL, service);
  await reader.is("open", "longpoll");
  assert.deepEqual(stretches(service), ["ws", "sse", "longpoll"]);
  assert.equal(service.asked.filter(({ pathname }) => pathname === "/ws").length, 2);
  service.publish("one");
  await until(() => reader.messages.length === 1);
  reader.leave();
});

test("a transport that does not open in time gives way at once", async () => {
  const service = Object.assign(new Service(), { stuck: new Set(["ws", "sse"]) });
  const reader = observe(ALL, service, { openWithin: 20 });
  await reader.is("open", "longpoll");
  assert.deepEqual(service.asked.slice(0, 3).map(({ pathname }) => pathname), ["/ws", "/events", "/poll"]);
  reader.leave();
});

test("a transport that is cut before it delivers gives way too", async () => {
  const service = new Service();
  const reader = observe(["ws", "sse"], service);
  for (const _ of [1, 2]) {
    await reader.is("open", "ws");
    service.cut();
    await until(() => reader.states.at(-1).state === "retrying");
  }
  await reader.is("open", "sse");
  reader.leave();
});

test("after the last transport comes the first, without loss", async () => {
  const service = new Service();
  const reader = observe(["ws", "sse"], service);
  await reader.is("open", "ws");
  service.goDown();
  service.publish("while nothing worked");
  await until(() => service.asked.length > 6);
  service.up = true;
  await until(() => reader.messages.length === 1);
  assert.ok(stretches(service).length > 3);
  reader.leave();
});

test("falling back and upgrading resume at the same cursor", async () => {
  const service = new Service();
  const reader = observe(ALL, service, { climbAfter: 20 });
  await reader.is("open", "ws");
  service.publish("by ws");
  await until(() => reader.messages.length === 1);
  service.blocked = new Set(["ws", "sse"]);
  service.cut();
  service.publish("while changing");
  await reader.is("open", "longpoll");
  service.publish("by longpoll");
  await until(() => reader.messages.length === 3);
  service.blocked.clear();
  await reader.is("open", "ws");
  service.publish("by ws again");
  await until(() => reader.messages.length === 4);
  assert.deepEqual(reader.messages, ["by ws", "while changing", "by longpoll", "by ws again"]);
  assert.deepEqual(reader.resets, []);
  reader.leave();
});

test("the old transport delivers until the better one is open", async () => {
  const service = without("ws");
  const reader = observe(["ws", "sse"], service, { climbAfter: 20 });
  await reader.is("open", "sse");
  service.blocked.clear();
  await reader.is("open", "ws");
  const last = reader.states.slice(-2).map(({ state, transport }) => `${state} ${transport}`);
  assert.deepEqual(last, ["open sse", "open ws"]);
  reader.leave();
});

test("a failed upgrade is retried without disturbing the connection", async () => {
  const service = without("ws");
  const reader = observe(["ws", "longpoll"], service, { climbAfter: 5 });
  await reader.is("open", "longpoll");
  const states = reader.states.length;
  await until(() => service.asked.filter(({ pathname }) => pathname === "/ws").length >= 5);
  service.publish("one");
  await until(() => reader.messages.length === 1);
  assert.equal(reader.states.length, states);
  reader.leave();
});

test("no upgrade to a service with another history", async (t) => {
  const pass = clockwork(t);
  const [here, elsewhere] = [without("ws"), new Service()];
  elsewhere.history.epoch = 2;
  let ws = here;
  const WebSocket = function (url) {
    return new ws.platform.WebSocket(url);
  };
  const reader = observe(["ws", "sse"], here, { climbAfter: 1_000, WebSocket });
  // Two tries with the first, and the second.
  for (let tries = 0; tries < 3; tries += 1) await pass(1);
  assert.equal(reader.connection.transport, "sse");
  ws = elsewhere;
  for (const climb of [1, 2, 3]) {
    await pass(1_000 * 2 ** climb);
    assert.equal(elsewhere.asked.length, climb);
  }
  assert.equal(reader.connection.transport, "sse");
  assert.deepEqual(reader.resets, []);
  reader.leave();
});

test("a transport that the platform lacks is skipped and reported", async () => {
  const reader = observe(ALL, new Service(), { WebSocket: null });
  await reader.is("open", "sse");
  assert.equal(reader.recorded.errors.length, 1);
  assert.deepEqual([reader.errors[0].transport, reader.errors[0].final], ["ws", false]);
  reader.leave();
});
