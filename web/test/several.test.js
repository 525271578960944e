// Several channels over one connection: the combined cursor, and channels that come and go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CombinedCursor } from "../js/trilane/cursor.js";
import { observe } from "./observed-client.js";
import { until } from "./virtual-clock.js";
import { latest, present } from "./present.js";

const message = (channel, id) => ({ channel, id, message: `${channel} ${id}`, time: 0 });

test("one channel has the plain cursor, several have the combined one", () => {
  const one = new CombinedCursor(["a"], "a@1-5");
  assert.equal(one.cursor, "1-5");
  const several = new CombinedCursor(["a", "b"], "b@1-5");
  assert.equal(several.cursor, "b@1-5");
  assert.equal(several.startAt("a@7-0,b@1-9"), true);
  assert.equal(several.cursor, "a@7-0,b@1-5");
  assert.equal(several.startAt("a@8-0,b@8-0"), false);
  assert.equal(new CombinedCursor(["a", "b"], "0").cursor, "a@0,b@0");
  assert.equal(new CombinedCursor(["a", "b"]).cursor, undefined);
});

test("each channel accepts its next message and no other", () => {
  const cursor = new CombinedCursor(["a", "b"], "a@1-5,b@2-0");
  const verdicts = [
    ["a", "1-6"],
    ["b", "2-2"],
    ["b", "2-1"],
    ["a", "1-6"],
    ["c", "1-1"],
  ].map(([channel, id]) => cursor.accept({ channel, id }));
  assert.deepEqual(verdicts, ["next", "gap", "next", "duplicate", undefined]);
  assert.equal(cursor.cursor, "a@1-6,b@2-1");
});

test("a reset moves its channel only", () => {
  const cursor = new CombinedCursor(["a", "b"], "a@1-5,b@2-0");
  cursor.reset({ channel: "b", cursor: "a@1-4,b@3-2" });
  assert.equal(cursor.cursor, "a@1-5,b@3-2");
  const one = new CombinedCursor(["a"], "1-5");
  one.reset({ cursor: "2-2" });
  assert.equal(one.cursor, "2-2");
});

test("a channel is added once, and the last one stays", () => {
  const cursor = new CombinedCursor(["a"], "1-5");
  cursor.add("b", "2-1");
  assert.throws(() => cursor.add("b"), /b is subscribed already/);
  assert.equal(cursor.cursor, "a@1-5,b@2-1");
  cursor.remove("a");
  assert.equal(cursor.cursor, "2-1");
  assert.throws(() => cursor.remove("a"), /a is not subscribed/);
  assert.throws(() => cursor.remove("b"), /needs a channel/);
});

test("the end must be that of every channel", () => {
  const cursor = new CombinedCursor(["a", "b"], "a@1-5,b@2-0");
  for (const [end, isAt] of /** @type {[string, boolean][]} */ ([
    ["b@2-0,a@1-5", true],
    ["a@1-5,b@2-1", false],
    ["a@1-5", false],
    ["1-5", false],
  ]))
    assert.equal(cursor.isAt(end), isAt, end);
  assert.equal(new CombinedCursor(["a"], "1-5").isAt("a@1-5"), true);
  const added = new CombinedCursor(["a"], "1-5");
  added.add("b");
  for (const [end, isAt] of /** @type {[string, boolean][]} */ ([
    ["1-5", false],
    ["a@1-5", false],
    ["a@1-5,b@2-1", true],
  ]))
    assert.equal(added.isAt(end), isAt, end);
});

/** A service whose answers a test gives. */
class Scripted {
  /** The URLs of requests and handshakes. */
  requests = [];
  /** The frames that the client sent. */
  frames = [];
  /** @type {((response: Response) => void)[]} */
  polls = [];
  socket;

  get platform() {
    const service = this;
    return {
      random: () => 0,
      fetch: (url, { signal }) => {
        service.requests.push(new URL(url).searchParams);
        return new Promise((resolve, reject) => {
          service.polls.push(resolve);
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      },
      WebSocket: class {
        constructor(url) {
          service.requests.push(new URL(url).searchParams);
          service.socket = this;
        }
        send(text) {
          service.frames.push(JSON.parse(text));
        }
        close() {}
      },
    };
  }

  deliver(frame) {
    this.socket.onmessage({ data: JSON.stringify(frame) });
  }

  respond(body) {
    present(this.polls.shift())(Response.json(body));
  }
}

test("a WebSocket is closed and a poll continues with the cursor of every channel", async () => {
  const service = new Scripted();
  const subscriber = observe(["ws", "longpoll"], service, { channel: ["a", "b"], after: "b@2-0" });
  await until(() => service.socket);
  assert.deepEqual(Object.fromEntries(service.requests[0]), { channel: "a,b", after: "b@2-0" });
  service.deliver({ hello: { cursor: "a@1-4,b@2-0" } });
  service.deliver(message("a", "1-5"));
  service.deliver(message("b", "2-1"));
  assert.equal(subscriber.connection.cursor, "a@1-5,b@2-1");
  for (const attempt of [1, 2]) {
    const before = service.requests.length;
    service.socket.onclose({ code: 1006 });
    await until(() => service.requests.length > before, `attempt ${attempt}`);
    if (service.polls.length) break;
    service.deliver({ hello: { cursor: "a@1-5,b@2-1" } });
  }
  assert.deepEqual(subscriber.messages, ["a 1-5", "b 2-1"]);
  assert.equal(service.requests.at(-1).get("after"), "a@1-5,b@2-1");
});

test("a poll of several channels continues with the cursor of its response", async () => {
  const service = new Scripted();
  const subscriber = observe("longpoll", service, { channel: "a,b", after: "a@1-4" });
  await until(() => service.polls.length > 0);
  // The service adds where b begins.
  service.respond({
    reset: { channel: "a", after: "1-4", oldest: "3-1", cursor: "a@3-0,b@2-0" },
    messages: [message("a", "3-1"), message("b", "2-1")],
    cursor: "a@3-1,b@2-1",
  });
  await until(() => service.polls.length > 0);
  assert.deepEqual(subscriber.messages, ["a 3-1", "b 2-1"]);
  assert.deepEqual(subscriber.resets, [{ after: "1-4", oldest: "3-1" }]);
  assert.equal(service.requests.at(-1).get("after"), "a@3-1,b@2-1");
  assert.equal(subscriber.connection.cursor, "a@3-1,b@2-1");
});

test("an open WebSocket changes its channels by requests", async () => {
  const service = new Scripted();
  const { connection, messages } = observe("ws", service, { channel: "a" });
  await until(() => service.socket);
  service.deliver({ hello: { cursor: "1-4" } });
  const added = connection.subscribe("b", { after: "2-0" });
  assert.deepEqual(service.frames, [{ subscribe: { channel: "b", after: "2-0" }, ref: 1 }]);
  service.deliver({ ref: 1, ok: { channel: "b", cursor: "a@1-4,b@2-0" } });
  await added;
  service.deliver(message("b", "2-1"));
  assert.equal(connection.cursor, "a@1-4,b@2-1");
  const refused = connection.subscribe("c");
  service.deliver({ ref: 2, error: { status: 403, detail: "not c" } });
  await assert.rejects(refused, { message: "not c", status: 403 });
  const removed = connection.unsubscribe("b");
  assert.deepEqual(service.frames.at(-1), { unsubscribe: { channel: "b" }, ref: 3 });
  service.deliver(message("b", "2-2"));
  service.deliver({ ref: 3, ok: { channel: "b", cursor: "a@1-4" } });
  await removed;
  service.deliver(message("a", "1-5"));
  assert.deepEqual(messages, ["b 2-1", "a 1-5"]);
  assert.equal(connection.cursor, "1-5");
  assert.equal(service.requests.length, 1);
});

test("another transport connects again with the new channels", async () => {
  const service = new Scripted();
  const { connection, messages } = observe("longpoll", service, { channel: "a", after: "1-4" });
  await until(() => service.polls.length > 0);
  service.respond({ messages: [], cursor: "1-4" });
  await until(() => service.polls.length > 0);
  await connection.subscribe("b", { after: "2-0" });
  await until(() => service.requests.length === 3);
  const again = service.requests.at(-1);
  assert.deepEqual([again.get("channel"), again.get("after")], ["a,b", "a@1-4,b@2-0"]);
  latest(service.polls)(Response.json({ messages: [message("b", "2-1")], cursor: "a@1-4,b@2-1" }));
  await until(() => messages.length > 0);
  assert.deepEqual(messages, ["b 2-1"]);
});

test("a publication may name its channel", async () => {
  const service = new Scripted();
  const { connection } = observe("ws", service, { channel: "a,b" });
  await until(() => service.socket);
  service.deliver({ hello: { cursor: "a@1-4,b@2-0" } });
  const published = connection.publish(1, { channel: "b", key: "k" });
  await until(() => service.frames.length > 0);
  assert.deepEqual(service.frames, [{ publish: { message: 1, key: "k", channel: "b" }, ref: 1 }]);
  service.deliver({ ref: 1, ok: { id: "2-1", time: 0 } });
  assert.deepEqual(await published, { id: "2-1", time: 0 });
});

test("a connection goes on while one of its channels has not ended", async () => {
  const service = new Scripted();
  const subscriber = observe(["ws"], service, { channel: ["a", "b"], after: "a@1-4,b@2-0" });
  const ends = [];
  subscriber.connection.addEventListener("end", ({ detail }) => ends.push(detail.cursor));
  await until(() => service.socket);
  service.deliver({ hello: { cursor: "a@1-4,b@2-0" } });
  service.deliver({ ...message("a", "1-5"), end: true });
  service.deliver(message("b", "2-1"));
  assert.equal(latest(subscriber.states).state, "open");
  service.deliver({ ...message("b", "2-2"), end: true });
  service.deliver({ end: { cursor: "a@1-5,b@2-2" } });
  await subscriber.is("closed");
  assert.deepEqual(subscriber.messages, ["a 1-5", "b 2-1", "b 2-2"]);
  assert.deepEqual(ends, ["a@1-5,b@2-2"]);
});

for (const [after, begins] of [
  ["2-0", "a@1-4,b@2-0"],
  [undefined, "a@1-4"],
]) {
  test(`a channel that is added after ${after} while the others end is read next`, async () => {
    const service = new Scripted();
    const subscriber = observe(["ws"], service, { channel: ["a"], after: "1-4" });
    await until(() => service.socket);
    service.deliver({ hello: { cursor: "1-4" } });
    subscriber.connection.subscribe("b", { after });
    service.deliver({ end: { cursor: "1-4" } });
    await until(() => service.requests.length === 2);
    assert.deepEqual(Object.fromEntries(service.requests[1]), { channel: "a,b", after: begins });
  });
}
