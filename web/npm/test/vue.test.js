// The example for Vue, in a document without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, until } from "./document.js";

const { root, service } = open();
const { createApp, h, shallowRef } = await import("vue");
const { Channel } = await import("../project/out/vue.js");

const text = () => root.textContent;

test("a component has one connection, follows its channel, and closes it", async () => {
  const channel = shallowRef("main");
  const app = createApp(() => h(Channel, { url: "http://service", channel: channel.value }));
  app.mount(root);
  await until(() => text().startsWith("open"));
  assert.deepEqual([service.requests.length, service.subscribers], [1, 1]);
  root.querySelector("button").click();
  await until(() => text().endsWith('"hello"'));

  channel.value = "sport";
  await until(() => service.requests.length === 2 && text() === "openSend");
  assert.deepEqual(
    [service.requests[1].searchParams.get("channel"), service.subscribers],
    ["sport", 1],
  );
  app.unmount();
  await until(() => service.subscribers === 0);
});
