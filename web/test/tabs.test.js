// The count of open tabs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenTabs } from "../js/limits/section.js";

/** Broadcast channels that deliver without delay. */
function air() {
  const all = new Set();
  return () => {
    const channel = Object.assign(new EventTarget(), {
      postMessage(data) {
        for (const other of all)
          if (other !== channel) other.dispatchEvent(new MessageEvent("message", { data }));
      },
      fall: () => all.delete(channel),
    });
    all.add(channel);
    return channel;
  };
}

/** @param {ReturnType<typeof air>} open */
function tab(open) {
  const channel = open();
  const tabs = new OpenTabs(/** @type {any} */ (channel));
  const told = [];
  tabs.addEventListener("change", () => told.push(tabs.count));
  tabs.ask();
  return { tabs, told, crash: channel.fall };
}

test("each tab knows how many tabs are open", () => {
  const open = air();
  const [first, second, third] = [tab(open), tab(open), tab(open)];
  assert.deepEqual(
    [first, second, third].map(({ tabs }) => tabs.count),
    [3, 3, 3],
  );
  second.tabs.leave();
  assert.deepEqual([first.tabs.count, third.tabs.count, first.told], [2, 2, [2, 3, 2]]);
  // Shown again, as the browser kept it.
  second.tabs.ask();
  assert.deepEqual([first.tabs.count, third.tabs.count], [3, 3]);
});

test("a crashed tab is dropped, one that replies is not", () => {
  const open = air();
  const [first, second, third] = [tab(open), tab(open), tab(open)];
  third.crash();
  for (let round = 0; round < 3; round += 1) first.tabs.ask();
  assert.deepEqual([first.tabs.count, second.tabs.count], [2, 3]);
  for (let round = 0; round < 2; round += 1) second.tabs.ask();
  assert.deepEqual([first.tabs.count, second.tabs.count], [2, 2]);
});
