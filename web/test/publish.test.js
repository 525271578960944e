// Publishing through the client: tried until it is accepted or refused, and published once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { observe, until } from "./observed-client.js";
import { Service } from "./fake-service.js";

async function opened(name, service) {
  const reader = observe(name, service);
  await reader.is("open");
  return reader;
}

for (const name of ["sse", "ws"]) {
  test(`${name} repeats a publication whose response was lost, with the same key`, async () => {
    const service = Object.assign(new Service(), { losesResponses: true });
    const reader = await opened(name, service);
    const accepted = reader.connection.publish("once");
    await until(() => service.published.length > 1);
    service.losesResponses = false;
    assert.equal((await accepted).id, "1-1");
    await until(() => reader.messages.length === 1);
    assert.equal(service.latest, "1-1");
    assert.equal(new Set(service.published.map(({ key }) => key)).size, 1);
    reader.leave();
  });
}

test("an open WebSocket carries publications too", async () => {
  const service = new Service();
  const reader = await opened("ws", service);
  assert.equal((await reader.connection.publish("up", { key: "mine" })).id, "1-1");
  assert.deepEqual(service.published, [{ message: "up", key: "mine", by: "ws" }]);
  await until(() => reader.messages.length === 1);
  reader.leave();
});

test("two publications have two keys", async () => {
  const service = new Service();
  const reader = await opened("longpoll", service);
  await Promise.all(["one", "two"].map((text) => reader.connection.publish(text)));
  assert.equal(new Set(service.published.map(({ key }) => key)).size, 2);
  reader.leave();
});

test("a busy service gets another attempt, a refusing one does not", async () => {
  const service = new Service();
  const reader = await opened("sse", service);
  const answers = [503, 429, 422];
  service.refuses = () => Response.json({ detail: "no" }, { status: answers.shift() });
  await assert.rejects(reader.connection.publish("x"), { name: "Error", status: 422, message: "http://service responded with 422: no" });
  assert.equal(service.published.length, 3);
  reader.leave();
});

test("a refusal on a WebSocket is reported in the service's own words", async () => {
  const reader = await opened("ws", new Service());
  await assert.rejects(reader.connection.publish(undefined), /no message/);
  reader.leave();
});

test("a publication waits for the service and ends with the connection", async () => {
  const service = new Service();
  const reader = await opened("sse", service);
  service.goDown();
  const [kept, lost] = [reader.connection.publish("kept"), reader.connection.publish("kept")];
  service.up = true;
  await kept;
  await lost;
  service.goDown();
  const given = reader.connection.publish("up");
  reader.leave();
  await assert.rejects(given, /connection is closed/);
});
