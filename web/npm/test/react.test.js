// The example for React, in a document without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, until } from "./document.js";

const { root, service } = open();
const { createElement, StrictMode } = await import("react");
const { createRoot } = await import("react-dom/client");
const { Channel } = await import("../project/out/react.js");

const text = () => root.textContent;
/** Strict mode mounts each component twice. */
const channel = (name) =>
  createElement(StrictMode, null, createElement(Channel, { url: "http://service", channel: name }));

test("a component that is mounted twice has one connection, and closes it", async () => {
  const react = createRoot(root);
  react.render(channel("main"));
  await until(() => text().startsWith("open"));
  assert.deepEqual([service.requests.length, service.subscribers], [1, 1]);
  root.querySelector("button").click();
  await until(() => text().endsWith('"hello"'));

  react.render(channel("sport"));
  await until(() => service.requests.length === 2 && text() === "openSend");
  assert.deepEqual(
    [service.requests[1].searchParams.get("channel"), service.subscribers],
    ["sport", 1],
  );
  react.unmount();
  await until(() => service.subscribers === 0);
});
