// Falling back to another transport and upgrading again, always with the same cursor.

import assert from "node:assert/strict";
import { test } from "node:test";
import { observe } from "./observed-client.js";
import { advance, until } from "./virtual-clock.js";
import { Service } from "./fake-service.js";
import { latest } from "./present.js";

const ALL = ["ws", "sse", "longpoll"];

/** The transports of the requests, without immediate repetitions. */
const stretches = ({ requests }) => {
  const names = requests.map(
    ({ pathname }) => ({ "/ws": "ws", "/events": "sse", "/poll": "longpoll" })[pathname],
  );
  return names.filter((name, index) => name !== names[index - 1]);
};

/** @param {string[]} names */
function without(...names) {
  return Object.assign(new Service(), { blocked: new Set(names) });
}

test("the first transport that works is kept", async () => {
  const service = new Service();
  const subscriber = observe(ALL, service);
  await subscriber.is("open", "ws");
  assert.equal(service.requests.length, 1);
  assert.equal(subscriber.connection.transport, "ws");
});

test("a transport that is refused twice gives way to the next", async () => {
  const service = without("ws", "sse");
  const subscriber = observe(ALL, service);
  await subscriber.is("open", "longpoll");
  assert.deepEqual(stretches(service), ["ws", "sse", "longpoll"]);
  assert.equal(service.requests.filter(({ pathname }) => pathname === "/ws").length, 2);
  service.publish("one");
  await until(() => subscriber.messages.length === 1);
});

test("a transport that does not open in time gives way at once", async () => {
  const service = Object.assign(new Service(), { hanging: new Set(["ws", "sse"]) });
  const subscriber = observe(ALL, service, { openWithin: 20 });
  await subscriber.is("open", "longpoll");
  assert.deepEqual(
    service.requests.slice(0, 3).map(({ pathname }) => pathname),
    ["/ws", "/events", "/poll"],
  );
});

test("a transport that is cut before it delivers gives way too", async () => {
  const service = new Service();
  const subscriber = observe(["ws", "sse"], service);
  for (const _ of [1, 2]) {
    await subscriber.is("open", "ws");
    service.cut();
    await until(() => latest(subscriber.states).state === "retrying");
  }
  await subscriber.is("open", "sse");
});

test("after the last transport the first is tried again, without loss", async () => {
  const service = new Service();
  const subscriber = observe(["ws", "sse"], service);
  await subscriber.is("open", "ws");
  service.stop();
  service.publish("while nothing worked");
  await until(() => service.requests.length > 6);
  service.up = true;
  await until(() => subscriber.messages.length === 1);
  assert.ok(stretches(service).length > 3);
});

test("falling back and upgrading resume at the same cursor", async () => {
  const service = new Service();
  const subscriber = observe(ALL, service, { climbAfter: 20 });
  await subscriber.is("open", "ws");
  service.publish("by ws");
  await until(() => subscriber.messages.length === 1);
  service.blocked = new Set(["ws", "sse"]);
  service.cut();
  service.publish("while changing");
  await subscriber.is("open", "longpoll");
  service.publish("by longpoll");
  await until(() => subscriber.messages.length === 3);
  service.blocked.clear();
  await subscriber.is("open", "ws");
  service.publish("by ws again");
  await until(() => subscriber.messages.length === 4);
  assert.deepEqual(subscriber.messages, ["by ws", "while changing", "by longpoll", "by ws again"]);
  assert.deepEqual(subscriber.resets, []);
});

test("the old transport delivers until the better one is open", async () => {
  const service = without("ws");
  const subscriber = observe(["ws", "sse"], service, { climbAfter: 20 });
  await subscriber.is("open", "sse");
  service.blocked.clear();
  await subscriber.is("open", "ws");
  const last = subscriber.states.slice(-2).map(({ state, transport }) => `${state} ${transport}`);
  assert.deepEqual(last, ["open sse", "open ws"]);
});

test("a failed upgrade is retried without disturbing the connection", async () => {
  const service = without("ws");
  const subscriber = observe(["ws", "longpoll"], service, { climbAfter: 5 });
  await subscriber.is("open", "longpoll");
  const states = subscriber.states.length;
  await until(() => service.requests.filter(({ pathname }) => pathname === "/ws").length >= 5);
  service.publish("one");
  await until(() => subscriber.messages.length === 1);
  assert.equal(subscriber.states.length, states);
});

test("no upgrade to a service with another history", async () => {
  const [here, elsewhere] = [without("ws"), new Service()];
  elsewhere.history.epoch = 2;
  let ws = here;
  const WebSocket = function (url) {
    return new ws.platform.WebSocket(url);
  };
  const subscriber = observe(["ws", "sse"], here, { climbAfter: 1_000, WebSocket });
  // Two attempts with the first transport, one with the second.
  for (let tries = 0; tries < 3; tries += 1) await advance(1);
  assert.equal(subscriber.connection.transport, "sse");
  ws = elsewhere;
  for (const climb of [1, 2, 3]) {
    await advance(1_000 * 2 ** climb);
    assert.equal(elsewhere.requests.length, climb);
  }
  assert.equal(subscriber.connection.transport, "sse");
  assert.deepEqual(subscriber.resets, []);
});

test("a transport that the platform lacks is skipped and reported", async () => {
  const subscriber = observe(ALL, new Service(), { WebSocket: null });
  await subscriber.is("open", "sse");
  assert.equal(subscriber.recorded.errors.length, 1);
  assert.deepEqual([subscriber.errors[0].transport, subscriber.errors[0].final], ["ws", false]);
});
