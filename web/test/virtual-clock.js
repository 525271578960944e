// A clock for the tests of the importing file: time passes, and timers fire, only when a test
// advances it. No test depends on the speed of the machine, and none can wait for ever.

import { afterEach, beforeEach, mock } from "node:test";

/** Virtual time after which `until` gives up, milliseconds. */
const TIMEOUT_MS = 120_000;

let time = 0;

beforeEach(() => {
  time = 0;
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  mock.method(performance, "now", () => time);
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** Resolves when everything has happened that waits for no timer. */
export async function settled() {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
}

/** @param {number} ms */
export async function advance(ms) {
  time += ms;
  mock.timers.tick(ms);
  await settled();
}

/** Advances the clock until the condition is true. @param {() => boolean} condition */
export async function until(condition, what = condition.toString()) {
  await settled();
  for (const start = time; !condition(); await advance(stepAfter(time - start))) {
    if (time - start > TIMEOUT_MS) throw new Error(`never true: ${what}`);
  }
}

/** Small steps at first, so that short waits are not skipped. @param {number} waited */
const stepAfter = (waited) => Math.min(100, Math.max(1, Math.floor(waited / 10)));

/**
 * Advances the clock until the promise is settled, and returns it.
 * @template T
 * @param {Promise<T>} promise
 */
export async function resolved(promise) {
  let isSettled = false;
  const settle = () => (isSettled = true);
  promise.then(settle, settle);
  await until(() => isSettled);
  return promise;
}
