// A copy button confirms for a moment and then gets its label back, however often it is pressed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { copyText } from "../js/ui/platform.js";

/** A browser with this clipboard. */
function browser(t, clipboard) {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { clipboard }, configurable: true });
  t.after(() => {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  });
  t.mock.timers.enable({ apis: ["setTimeout"] });
}

test("a button that is pressed twice gets its label back", async (t) => {
  const texts = [];
  browser(t, { writeText: async (text) => void texts.push(text) });
  const button = /** @type {any} */ ({ textContent: "Copy" });
  await copyText(button, "one");
  t.mock.timers.tick(1_000);
  await copyText(button, "two");
  assert.deepEqual([texts, button.textContent], [["one", "two"], "Copied"]);
  t.mock.timers.tick(2_000);
  assert.equal(button.textContent, "Copy");
});

test("without a clipboard, as on plain HTTP, the button says so", async (t) => {
  browser(t, undefined);
  const button = /** @type {any} */ ({ textContent: "Share" });
  await copyText(button, "address", "See address");
  assert.equal(button.textContent, "See address");
});
