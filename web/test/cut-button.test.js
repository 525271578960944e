// The button that cuts all connections.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cutButton } from "../js/lanes/view/cut-button.js";
import { settled } from "./virtual-clock.js";

const newButton = () => Object.assign(new EventTarget(), { disabled: true });
const press = (button) => button.disabled || button.dispatchEvent(new Event("click"));

/** A page whose gate accepts or refuses faults. */
function page({ refusal = undefined } = {}) {
  const begun = [];
  const begin = async ({ name }, lane) => {
    if (refusal) throw new Error(refusal);
    begun.push([name, lane]);
  };
  const store = Object.assign(new EventTarget(), { suspended: false });
  const runner = Object.assign(new EventTarget(), { running: undefined });
  return { begun, store, runner, injector: { begin } };
}

function mount(page) {
  const [button, status] = [newButton(), { textContent: "" }];
  cutButton(/** @type {any} */ (button), /** @type {any} */ (status), /** @type {any} */ (page));
  return { button, status };
}

test("a press cuts the connections of all lanes at once", () => {
  const at = page();
  press(mount(at).button);
  assert.deepEqual(at.begun, [["cut", undefined]]);
});

test("no cut during a measurement or an experiment", () => {
  const at = page();
  const { button } = mount(at);
  at.store.suspended = true;
  at.store.dispatchEvent(new Event("settings"));
  press(button);
  at.store.suspended = false;
  at.runner.running = { name: "rare" };
  at.runner.dispatchEvent(new Event("change"));
  press(button);
  assert.deepEqual([at.begun, button.disabled], [[], true]);
  at.runner.running = undefined;
  at.runner.dispatchEvent(new Event("change"));
  press(button);
  assert.equal(at.begun.length, 1);
});

test("a refused cut is reported", async () => {
  const { button, status } = mount(page({ refusal: "503" }));
  press(button);
  await settled();
  assert.equal(status.textContent, "The gate refused: 503");
});

test("without a gate the button stays disabled", () => {
  const { button } = mount({ ...page(), injector: undefined });
  assert.equal(button.disabled, true);
});
