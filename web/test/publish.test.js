// Publishing with the client: retried until the service accepts or refuses the message, and
// published once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { observe } from "./observed-client.js";
import { resolved, until } from "./virtual-clock.js";
import { Service } from "./fake-service.js";

async function opened(name, service) {
  const subscriber = observe(name, service);
  await subscriber.is("open");
  return subscriber;
}

for (const name of ["sse", "ws"]) {
  test(`${name} repeats a publication whose response was lost, with the same key`, async () => {
    const service = Object.assign(new Service(), { losesResponses: true });
    const subscriber = await opened(name, service);
    const accepted = subscriber.connection.publish("once");
    await until(() => service.published.length > 1);
    service.losesResponses = false;
    assert.equal((await resolved(accepted)).id, "1-1");
    await until(() => subscriber.messages.length === 1);
    assert.equal(service.latest, "1-1");
    assert.equal(new Set(service.published.map(({ key }) => key)).size, 1);
  });
}

test("an open WebSocket carries publications too", async () => {
  const service = new Service();
  const subscriber = await opened("ws", service);
  assert.equal((await resolved(subscriber.connection.publish("up", { key: "mine" }))).id, "1-1");
  assert.deepEqual(service.published, [{ message: "up", key: "mine", by: "ws" }]);
  await until(() => subscriber.messages.length === 1);
});

for (const name of ["longpoll", "sse", "ws"]) {
  test(`${name} publishes and delivers the name of an event`, async () => {
    const service = new Service();
    const subscriber = await opened(name, service);
    const events = [];
    subscriber.connection.addEventListener("message", ({ detail }) => events.push(detail.event));
    await resolved(subscriber.connection.publish("up", { event: "price", key: "mine" }));
    await resolved(subscriber.connection.publish("down"));
    await until(() => subscriber.messages.length === 2);
    assert.deepEqual(events, ["price", undefined]);
    assert.equal(service.published[0].event, "price");
  });
}

for (const name of ["longpoll", "sse", "ws"]) {
  test(`${name} can end the channel, with and without a message`, async () => {
    for (const [message, expected] of [
      ["last", "last"],
      [undefined, null],
    ]) {
      const service = new Service();
      const subscriber = await opened(name, service);
      subscriber.connection.publish(message, { end: true }).catch(() => {});
      await subscriber.is("closed");
      assert.deepEqual(subscriber.messages, [expected]);
    }
  });
}

test("two publications have two keys", async () => {
  const service = new Service();
  const subscriber = await opened("longpoll", service);
  await resolved(Promise.all(["one", "two"].map((text) => subscriber.connection.publish(text))));
  assert.equal(new Set(service.published.map(({ key }) => key)).size, 2);
});

test("a busy service gets another attempt, a refusing one does not", async () => {
  const service = new Service();
  const subscriber = await opened("sse", service);
  const answers = [503, 429, 422];
  service.refuses = () => Response.json({ detail: "no" }, { status: answers.shift() });
  await assert.rejects(resolved(subscriber.connection.publish("x")), {
    name: "Error",
    status: 422,
    message: "http://service responded with 422: no",
  });
  assert.equal(service.published.length, 3);
});

test("a refusal on a WebSocket is reported in the service's own words", async () => {
  const subscriber = await opened("ws", new Service());
  await assert.rejects(resolved(subscriber.connection.publish(undefined)), /no message/);
});

test("a publication waits for the service and ends with the connection", async () => {
  const service = new Service();
  const subscriber = await opened("sse", service);
  service.stop();
  const [kept, lost] = [
    subscriber.connection.publish("kept"),
    subscriber.connection.publish("kept"),
  ];
  service.up = true;
  await resolved(Promise.all([kept, lost]));
  service.stop();
  const given = subscriber.connection.publish("up");
  subscriber.close();
  await assert.rejects(resolved(given), /connection is closed/);
});
