// The guarantees of the client for any behaviour of the services: order, final refusals, detection
// of silence, publishing once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../js/trilane.js";
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

async function opened(name, service, options) {
  const subscriber = observe(name, service, options);
  await subscriber.is("open");
  return subscriber;
}

forEveryTransport("that repeats messages delivers each once", async (name, service) => {
  service.transform = (messages) => messages.flatMap((message) => [message, message]);
  const subscriber = await opened(name, service);
  for (const text of ["one", "two"]) service.publish(text);
  await until(() => subscriber.messages.length === 2 && subscriber.recorded.duplicates === 2);
  assert.deepEqual(subscriber.messages, ["one", "two"]);
});

forEveryTransport(
  "that loses a message resumes before the gap and delivers nothing past it",
  async (name, service) => {
    const subscriber = await opened(name, service);
    service.transform = (messages) => messages.filter(({ message }) => message !== "two");
    for (const text of ["one", "two", "three"]) service.publish(text);
    await until(() =>
      subscriber.states.some(({ detail }) => detail === "received 1-3 right after 1-1"),
    );
    assert.deepEqual(subscriber.messages, ["one"]);
    service.transform = undefined;
    await until(() => subscriber.messages.length === 3);
    assert.deepEqual(subscriber.messages, ["one", "two", "three"]);
  },
);

forEveryTransport("that starts a new history resets and continues in it", async (name, service) => {
  const subscriber = await opened(name, service);
  service.publish("old");
  await until(() => subscriber.messages.length === 1);
  service.stop();
  service.history.startAnew();
  service.publish("new");
  service.up = true;
  await until(() => subscriber.messages.length === 2);
  assert.deepEqual(subscriber.resets, [{ after: "1-1", oldest: "2-1" }]);
  assert.equal(subscriber.connection.cursor, "2-1");
});

forEveryTransport("that is cut before its first message loses none", async (name, service) => {
  service.publish("before");
  const subscriber = await opened(name, service);
  service.stop();
  service.publish("while away");
  service.up = true;
  await until(() => subscriber.messages.length === 1);
  assert.deepEqual(subscriber.messages, ["while away"]);
});

forEveryTransport(
  "that is refused for good ends with the service's problem",
  async (name, service) => {
    for (const status of [400, 401, 403]) {
      service.refuses = () =>
        Response.json({ type: "urn:trilane:problem:x", detail: "because" }, { status });
      const subscriber = observe(name, service);
      await settled();
      assert.equal(latest(subscriber.states).state, "closed");
      assert.deepEqual(
        [subscriber.errors[0].status, subscriber.errors[0].detail, subscriber.errors[0].final],
        [status, "because", true],
      );
      const asked = service.requests.length;
      await advance(60_000);
      assert.equal(service.requests.length, asked);
    }
  },
);

forEveryTransport("retries after a refusal by a proxy", async (name, service) => {
  service.refuses = () => new Response("<h1>403</h1>", { status: 403 });
  const subscriber = observe(name, service);
  await until(() => service.requests.length > 3);
  service.refuses = undefined;
  await subscriber.is("open");
});

forEveryTransport(
  "that falls silent is given up after `silence`, whatever `openWithin` is",
  async (name, service) => {
    const subscriber = observe(name, service, { silence: 1_400, openWithin: 60_000 });
    await settled();
    assert.equal(latest(subscriber.states).state, "open");
    service.stopResponding();
    // A poll that is held at that moment still gets its response; the next one does not.
    const most = name === "longpoll" ? 2_400 : 1_400;
    for (let time = 0; time < most; time += 100) await advance(100);
    assert.equal(latest(subscriber.states).state, "retrying");
    service.hanging.clear();
    service.publish("one");
    await advance(1);
    assert.deepEqual(subscriber.messages, ["one"]);
  },
);

test("longpoll is held for less than `silence` on a quiet channel", async () => {
  const service = new Service();
  const subscriber = observe("longpoll", service, { after: "1-0", silence: 1_400 });
  await settled();
  for (const _ of [1, 2]) await advance(1_000);
  assert.deepEqual(
    service.requests.map((url) => url.searchParams.get("wait")),
    ["0", "1", "1", "1"],
  );
  assert.deepEqual(
    subscriber.states.map(({ state }) => state),
    ["open"],
  );
});

test("ws that delivers during an unanswered probe stays open", async () => {
  const service = new Service();
  service.hanging.add(undefined);
  const subscriber = await opened("ws", service, { silence: 200 });
  await until(() => service.historyRequests === 1);
  service.publish("one");
  await until(() => service.historyRequests === 2);
  assert.deepEqual(
    subscriber.states.map(({ state }) => state),
    ["open"],
  );
});

test("sse without heartbeats is replaced", async () => {
  const service = new Service();
  const subscriber = await opened("sse", service, { silence: 40 });
  service.stopDelivering();
  service.publish("one");
  await until(() => subscriber.messages.length === 1);
  assert.match(
    present(subscriber.states.find(({ state }) => state === "retrying")?.detail),
    /nothing received for 0.04 s/,
  );
});

test("sse on a quiet channel is kept alive by heartbeats", async () => {
  const service = new Service();
  const subscriber = observe("sse", service, { silence: 250 });
  await settled();
  for (let fire = 0; fire < 5; fire += 1) {
    await advance(200);
    service.heartbeat();
    await settled();
  }
  assert.deepEqual(
    subscriber.states.map(({ state }) => state),
    ["open"],
  );
  assert.equal(service.requests.length, 1);
  await advance(250);
  assert.equal(latest(subscriber.states).state, "retrying", "without heartbeats it does not");
});

test("ws that falls silent is detected by newer messages in the history", async () => {
  const service = new Service();
  const subscriber = await opened("ws", service, { silence: 20, openWithin: 20 });
  service.stopDelivering();
  service.publish("one");
  await until(() => subscriber.messages.length === 1);
  assert.match(
    present(subscriber.states.find(({ state }) => state === "retrying")?.detail),
    /did not arrive/,
  );
});

test("ws on a quiet channel is probed and stays open", async () => {
  const service = new Service();
  await opened("ws", service, { silence: 10, openWithin: 10 });
  await until(() => service.historyRequests > 2);
  assert.equal(service.requests.length, 1);
});

test("ws to an unreachable service is not open", async () => {
  const service = new Service();
  const subscriber = await opened("ws", service, { silence: 10, openWithin: 10 });
  service.up = false;
  await until(() =>
    subscriber.states.some(({ detail }) => detail === "the service cannot be reached"),
  );
});

test("a token goes into a header, and only for a WebSocket into the address", async () => {
  const service = new Service();
  let n = 0;
  const token = async () => `t${++n}`;
  await opened("sse", service, { token });
  await opened("ws", service, { token });
  assert.deepEqual(service.tokens, ["Bearer t1"]);
  assert.deepEqual(
    service.requests.map(({ searchParams }) => searchParams.get("access_token")),
    [null, "t2"],
  );
});

test("a token that expired while polling is replaced by the next", async () => {
  const service = new Service();
  const tokens = ["old", "new"];
  const subscriber = await opened("longpoll", service, { token: () => tokens.shift() });
  service.refuses = () => {
    service.refuses = undefined;
    return Response.json({ type: "urn:trilane:problem:x", detail: "expired" }, { status: 401 });
  };
  service.publish("one");
  service.publish("two");
  await until(() => subscriber.messages.length === 2);
  assert.deepEqual(
    [service.tokens[0], service.tokens.at(-1), subscriber.errors],
    ["Bearer old", "Bearer new", []],
  );
});

test("a failing token function is retried", async () => {
  const tokens = ["fails", "t"];
  const token = () => {
    const next = tokens.shift() ?? "t";
    if (next === "fails") throw new Error("logged out");
    return next;
  };
  const subscriber = await opened("sse", new Service(), { token });
  assert.equal(subscriber.states[0].detail, "no token: logged out");
});

test("messages can be iterated until the connection is closed", async () => {
  const service = new Service();
  for (const text of ["one", "two"]) service.publish(text);
  const { connection } = observe("ws", service, { after: "0" });
  const seen = [];
  for await (const { message } of connection) {
    seen.push(message);
    if (seen.length === 2) connection.close();
  }
  assert.deepEqual(seen, ["one", "two"]);
});

test("invalid options are refused at once", () => {
  assert.throws(() => connect(/** @type {any} */ ({})), /url is missing/);
  assert.throws(
    () => connect(/** @type {any} */ ({ url: "http://service", transports: ["carrier-pigeon"] })),
    /unknown transport carrier-pigeon: expected ws, sse, longpoll/,
  );
  assert.throws(
    () => connect({ url: { ws: "http://service" }, transports: ["sse"] }),
    /url.sse is missing/,
  );
  assert.throws(() => connect({ url: {} }), /transports is empty/);
});

test("a refused token is renewed after a wait if it comes from a function", async () => {
  const service = new Service();
  const tokens = ["old", "older", "oldest", "new"];
  service.refuses = () => {
    if (service.tokens.at(-1) === "Bearer oldest") service.refuses = undefined;
    return Response.json(
      { type: "urn:trilane:problem:expired-token", detail: "expired" },
      { status: 401 },
    );
  };
  const subscriber = observe(["sse", "longpoll"], service, { token: () => tokens.shift() });
  await subscriber.is("open", "sse");
  const refused = subscriber.states.slice(0, -1);
  assert.deepEqual(
    refused.map(({ state, status, transport }) => [state, status, transport]),
    Array(3).fill(["retrying", 401, "sse"]),
  );
  assert.deepEqual(
    [service.tokens, subscriber.errors],
    [["Bearer old", "Bearer older", "Bearer oldest", "Bearer new"], []],
  );
});

test("a message too large for the service is refused before sending", async () => {
  const service = Object.assign(new Service(), { maxBody: 20 });
  const subscriber = await opened("ws", service);
  await assert.rejects(subscriber.connection.publish("123456789"), {
    status: 413,
    message: /has 23 bytes, the service allows at most 20/,
  });
  await assert.rejects(
    subscriber.connection.publish("ääää"),
    { status: 413 },
    "bytes count, not characters",
  );
  assert.equal((await subscriber.connection.publish("123456")).id, "1-1");
  assert.deepEqual(
    service.published.map(({ message }) => message),
    ["123456"],
  );
  assert.deepEqual(
    subscriber.states.map(({ state }) => state),
    ["open"],
  );
});

test("ws that fails without a close event has failed", async () => {
  const service = Object.assign(new Service(), { closesSilently: true });
  service.blocked.add("ws");
  const subscriber = observe(["ws", "sse"], service, { openWithin: 60_000 });
  await subscriber.is("open", "sse");
});
