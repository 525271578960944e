// Subscribes with a library from npm, unmodified, and prints what it receives:
//
//   node node.js LIBRARY URL CHANNEL
//
// `received ID` is a message, `reset` a reset. `ended` says that the library has given up; the
// subscription is then begun anew with the cursor, as a loop of yours would.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [library, url, channel] = process.argv.slice(2);
const say = (/** @type {unknown[]} */ ...words) => console.log(...words);

let cursor = "0";
const address = (path) => `${url}${path}?channel=${channel}&after=${cursor}`;
const socketAddress = () => address("/ws").replace("http", "ws");

/** An event of SSE: the name is empty for a message, `hello` or `reset`. */
function onEvent(name, data, id) {
  if (name === "reset") say("reset");
  else if (name !== "hello") say("received", JSON.parse(data).id);
  cursor = id || cursor;
}

function onFrame(text) {
  const { id, hello, reset } = JSON.parse(text);
  if (reset) say("reset");
  else if (id) say("received", id);
  cursor = id ?? hello?.cursor ?? reset?.cursor ?? cursor;
}

/** Resolves when an EventSource is closed for good. */
const untilClosed = (source) =>
  new Promise((resolve) => {
    const listen = ({ type, data, lastEventId }) => onEvent(type, data, lastEventId);
    for (const name of ["hello", "message", "reset"]) source.addEventListener(name, listen);
    source.onerror = () => source.readyState === 2 && resolve();
  });

/** Resolves when a WebSocket is closed; one that reconnects does not resolve. */
const untilSocketClosed = (socket, reconnects) =>
  new Promise((resolve) => {
    socket.onmessage = ({ data }) => onFrame(data);
    socket.onerror = () => {};
    socket.onclose = () => reconnects || resolve();
  });

/** Each subscribes until the library gives up. */
const LIBRARIES = {
  async eventsource() {
    const { EventSource } = await import("eventsource");
    return untilClosed(new EventSource(address("/events")));
  },
  async "event-source-polyfill"() {
    const { default: polyfill } = await import("event-source-polyfill");
    return untilClosed(new polyfill.EventSourcePolyfill(address("/events")));
  },
  async "eventsource-client"() {
    const { createEventSource } = await import("eventsource-client");
    const onMessage = ({ event, data, id }) => onEvent(event, data, id);
    const source = createEventSource({ url: address("/events"), onMessage });
    await new Promise(() => source);
  },
  async "@microsoft/fetch-event-source"() {
    // It is written for browsers.
    const document = { hidden: false, addEventListener() {}, removeEventListener() {} };
    Object.assign(globalThis, { window: globalThis, document });
    const { fetchEventSource } = await import("@microsoft/fetch-event-source");
    const onmessage = ({ event, data, id }) => onEvent(event, data, id);
    await fetchEventSource(address("/events"), { onmessage });
  },
  async ws() {
    const { WebSocket } = await import("ws");
    await untilSocketClosed(new WebSocket(socketAddress()), false);
  },
  async partysocket() {
    const [{ WebSocket }, { default: Reconnecting }] = await Promise.all([
      import("ws"),
      import("partysocket/ws"),
    ]);
    await untilSocketClosed(new Reconnecting(socketAddress, [], { WebSocket }), true);
  },
  async "reconnecting-websocket"() {
    const [{ WebSocket }, { default: module }] = await Promise.all([
      import("ws"),
      import("reconnecting-websocket"),
    ]);
    const Reconnecting = module.default ?? module;
    await untilSocketClosed(new Reconnecting(socketAddress, [], { WebSocket }), true);
  },
  async curl() {
    const stdio = ["ignore", "pipe", "ignore"];
    const curl = spawn("curl", ["-sSfN", address("/events")], { stdio });
    let event = {};
    for await (const line of createInterface({ input: curl.stdout })) {
      const [, field, value] = /^(\w+): (.*)$/.exec(line) ?? [];
      if (field) event[field] = value;
      if (line) continue;
      onEvent(event.event, event.data, event.id);
      event = {};
    }
  },
};

process.stdout.on("error", () => process.exit());
process.on("uncaughtException", (error) => console.error(error.message));
for (;;) {
  await LIBRARIES[library]().catch((error) => console.error(error.message));
  say("ended");
  await new Promise((resolve) => setTimeout(resolve, 300));
}
