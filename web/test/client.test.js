// What the client promises whatever the services do: order, final refusals, a watch over streams, publishing once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../js/trilane.js";
import { transports } from "../js/trilane/transports/index.js";
import { clockwork, observe, settled, until } from "./observed-client.js";
import { Service } from "./fake-service.js";

/** @param {(name: string, service: Service, t: import("node:test").TestContext) => Promise<void>} scenario */
function forEveryTransport(title, scenario) {
  for (const name of Object.keys(transports)) test(`${name} ${title}`, (t) => scenario(name, new Service(), t));
}

async function opened(name, service, options) {
  const reader = observe(name, service, options);
  await reader.is("open");
  return reader;
}

forEveryTransport("that repeats messages delivers each once", async (name, service) => {
  service.mangles = (messages) => messages.flatMap((message) => [message, message]);
  const reader = await opened(name, service);
  for (const text of ["one", "two"]) service.publish(text);
  await until(() => reader.messages.length === 2 && reader.recorded.duplicates === 2);
  assert.deepEqual(reader.messages, ["one", "two"]);
  reader.leave();
});

forEveryTransport("that loses a message resumes before the gap and delivers nothing past it", async (name, service) => {
  const reader = await opened(name, service);
  service.mangles = (messages) => messages.filter(({ message }) => message !== "two");
  for (const text of ["one", "two", "three"]) service.publish(text);
  await until(() => reader.states.some(({ detail }) => detail === "received 1-3 right after 1-1"));
  assert.deepEqual(reader.messages, ["one"]);
  service.mangles = undefined;
  await until(() => reader.messages.length === 3);
  assert.deepEqual(reader.messages, ["one", "two", "three"]);
  reader.leave();
});

forEveryTransport("that starts a new history resets and continues in it", async (name, service) => {
  const reader = await opened(name, service);
  service.publish("old");
  await until(() => reader.messages.length === 1);
  service.goDown();
  service.history.startAnew();
  service.publish("new");
  service.up = true;
  await until(() => reader.messages.length === 2);
  assert.deepEqual(reader.resets, [{ after: "1-1", oldest: "2-1" }]);
  assert.equal(reader.connection.cursor, "2-1");
  reader.leave();
});

forEveryTransport("that is cut before its first message loses none", async (name, service) => {
  service.publish("before");
  const reader = await opened(name, service);
  service.goDown();
  service.publish("while away");
  service.up = true;
  await until(() => reader.messages.length === 1);
  assert.deepEqual(reader.messages, ["while away"]);
  reader.leave();
});

forEveryTransport("that is refused for good ends with the service's problem", async (name, service, t) => {
  const pass = clockwork(t);
  for (const status of [400, 401, 403]) {
    service.refuses = () => Response.json({ type: "urn:trilane:problem:x", detail: "because" }, { status });
    const reader = observe(name, service);
    await settled();
    assert.equal(reader.states.at(-1).state, "closed");
    assert.deepEqual([reader.errors[0].status, reader.errors[0].detail, reader.errors[0].final], [status, "because", true]);
    const asked = service.asked.length;
    await pass(60_000);
    assert.equal(service.asked.length, asked);
  }
});

forEveryTransport("retries after a refusal by a proxy", async (name, service) => {
  service.refuses = () => new Response("<h1>403</h1>", { status: 403 });
  const reader = observe(name, service);
  await until(() => service.asked.length > 3);
  service.refuses = undefined;
  await reader.is("open");
  reader.leave();
});

forEveryTransport("that falls silent is given up after `silence`, whatever `openWithin` is", async (name, service, t) => {
  const pass = clockwork(t);
  const reader = observe(name, service, { silence: 1_400, openWithin: 60_000 });
  await settled();
  assert.equal(reader.states.at(-1).state, "open");
  service.vanish();
  // A poll that is held when that happens is answered in time, and the next one is not.
  const most = name === "longpoll" ? 2_400 : 1_400;
  for (let time = 0; time < most; time += 100) await pass(100);
  assert.equal(reader.states.at(-1).state, "retrying");
  service.stuck.clear();
  service.publish("one");
  await pass(1);
  assert.deepEqual(reader.messages, ["one"]);
  reader.leave();
});

test("longpoll is held for less than `silence` on a quiet channel", async (t) => {
  const pass = clockwork(t);
  const service = new Service();
  const reader = observe("longpoll", service, { after: "1-0", silence: 1_400 });
  await settled();
  for (const _ of [1, 2]) await pass(1_000);
  assert.deepEqual(service.asked.map((url) => url.searchParams.get("wait")), ["0", "1", "1", "1"]);
  assert.deepEqual(reader.states.map(({ state }) => state), ["open"]);
  reader.leave();
});

test("ws that delivers during an unanswered probe stays open", async () => {
  const service = new Service();
  service.stuck.add(undefined);
  const reader = await opened("ws", service, { silence: 200 });
  await until(() => service.checks === 1);
  service.publish("one");
  await until(() => service.checks === 2);
  assert.deepEqual(reader.states.map(({ state }) => state), ["open"]);
  reader.leave();
});

test("sse without heartbeats is replaced", async () => {
  const service = new Service();
  const reader = await opened("sse", service, { silence: 40 });
  service.fallSilent();
  service.publish("one");
  await until(() => reader.messages.length === 1);
  assert.match(reader.states.find(({ state }) => state === "retrying").detail, /nothing received for 0.04 s/);
  reader.leave();
});

test("sse on a quiet channel is kept alive by heartbeats", async (t) => {
  const pass = clockwork(t);
  const service = new Service();
  const reader = observe("sse", service, { silence: 250 });
  await settled();
  for (let beat = 0; beat < 5; beat += 1) {
    await pass(200);
    service.heartbeat();
    await settled();
  }
  assert.deepEqual(reader.states.map(({ state }) => state), ["open"]);
  assert.equal(service.asked.length, 1);
  await pass(250);
  assert.equal(reader.states.at(-1).state, "retrying", "without heartbeats it does not");
  reader.leave();
});

test("ws that falls silent is detected by newer messages in the history", async () => {
  const service = new Service();
  const reader = await opened("ws", service, { silence: 20, openWithin: 20 });
  service.fallSilent();
  service.publish("one");
  await until(() => reader.messages.length === 1);
  assert.match(reader.states.find(({ state }) => state === "retrying").detail, /did not arrive/);
  reader.leave();
});

test("ws on a quiet channel is probed and stays open", async () => {
  const service = new Service();
  const reader = await opened("ws", service, { silence: 10, openWithin: 10 });
  await until(() => service.checks > 2);
  assert.equal(service.asked.length, 1);
  reader.leave();
});

test("ws to an unreachable service is not open", async () => {
  const service = new Service();
  const reader = await opened("ws", service, { silence: 10, openWithin: 10 });
  service.up = false;
  await until(() => reader.states.some(({ detail }) => detail === "the service cannot be reached"));
  reader.leave();
});

test("a token goes into a header, and only for a WebSocket into the address", async () => {
  const service = new Service();
  let n = 0;
  const token = async () => `t${++n}`;
  const sse = await opened("sse", service, { token });
  const ws = await opened("ws", service, { token });
  assert.deepEqual(service.tokens, ["Bearer t1"]);
  assert.deepEqual(service.asked.map(({ searchParams }) => searchParams.get("access_token")), [null, "t2"]);
  for (const reader of [sse, ws]) reader.leave();
});

test("a token that expired while polling is replaced by the next", async () => {
  const service = new Service();
  const tokens = ["old", "new"];
  const reader = await opened("longpoll", service, { token: () => tokens.shift() });
  service.refuses = () => {
    service.refuses = undefined;
    return Response.json({ type: "urn:trilane:problem:x", detail: "expired" }, { status: 401 });
  };
  service.publish("one");
  service.publish("two");
  await until(() => reader.messages.length === 2);
  assert.deepEqual([service.tokens[0], service.tokens.at(-1), reader.errors], ["Bearer old", "Bearer new", []]);
  reader.leave();
});

test("a failing token function is retried", async () => {
  const tokens = ["fails", "t"];
  const token = () => {
    const next = tokens.shift() ?? "t";
    if (next === "fails") throw new Error("logged out");
    return next;
  };
  const reader = await opened("sse", new Service(), { token });
  assert.equal(reader.states[0].detail, "no token: logged out");
  reader.leave();
});

test("messages can be iterated until the connection is closed", async () => {
  const service = new Service();
  for (const text of ["one", "two"]) service.publish(text);
  const connection = connect({ url: "http://service", after: "0", ...service.platform });
  const seen = [];
  for await (const { message } of connection) {
    seen.push(message);
    if (seen.length === 2) connection.close();
  }
  assert.deepEqual(seen, ["one", "two"]);
});

test("invalid options are refused at once", () => {
  assert.throws(() => connect({}), /url is missing/);
  assert.throws(() => connect({ url: "http://service", transports: ["carrier-pigeon"] }), /unknown transport carrier-pigeon: expected ws, sse, longpoll/);
  assert.throws(() => connect({ url: { ws: "http://service" }, transports: ["sse"] }), /url.sse is missing/);
  assert.throws(() => connect({ url: {} }), /transports is empty/);
});

test("a refused token is renewed after a wait if it comes from a function", async () => {
  const service = new Service();
  const tokens = ["old", "older", "oldest", "new"];
  service.refuses = () => {
    if (service.tokens.at(-1) === "Bearer oldest") service.refuses = undefined;
    return Response.json({ type: "urn:trilane:problem:expired-token", detail: "expired" }, { status: 401 });
  };
  const reader = observe(["sse", "longpoll"], service, { token: () => tokens.shift() });
  await reader.is("open", "sse");
  const refused = reader.states.slice(0, -1);
  assert.deepEqual(refused.map(({ state, status, transport }) => [state, status, transport]), Array(3).fill(["retrying", 401, "sse"]));
  assert.deepEqual([service.tokens, reader.errors], [["Bearer old", "Bearer older", "Bearer oldest", "Bearer new"], []]);
  reader.leave();
});

test("a message too large for the service is refused before sending", async () => {
  const service = Object.assign(new Service(), { maxBody: 20 });
  const reader = await opened("ws", service);
  await assert.rejects(reader.connection.publish("123456789"), { status: 413, message: /has 23 bytes, the service allows at most 20/ });
  await assert.rejects(reader.connection.publish("ääää"), { status: 413 }, "bytes count, not characters");
  assert.equal((await reader.connection.publish("123456")).id, "1-1");
  assert.deepEqual(service.published.map(({ message }) => message), ["123456"]);
  assert.deepEqual(reader.states.map(({ state }) => state), ["open"]);
  reader.leave();
});

test("ws that fails without a close event has failed", async () => {
  const service = Object.assign(new Service(), { closesSilently: true });
  service.blocked.add("ws");
  const reader = observe(["ws", "sse"], service, { openWithin: 60_000 });
  await reader.is("open", "sse");
  reader.leave();
});
