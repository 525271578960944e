// The button of a stream of tokens, and what is shown while there is one.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { DEFAULTS, TOKENS } from "../js/page/settings.js";
import { Store } from "../js/page/store.js";
import { tokensPreset } from "../js/tokens/preset.js";

const NAMES = ["longpoll", "sse", "ws"];
const ROWS = ["first", "median", "p99", "lumps"];

/** The parts of the document that the view uses. @returns {any} */
function markup() {
  const rowOf = () => {
    const cells = new Map(NAMES.map((name) => [`[data-of="${name}"]`, { textContent: "–" }]));
    return { hidden: true, cells, querySelector: (selector) => cells.get(selector) };
  };
  const rows = ROWS.map(rowOf);
  const button = Object.assign(new EventTarget(), { style: { visibility: "" } });
  const interruptions = { hidden: true, querySelectorAll: () => [] };
  const parts = {
    '[data-action="tokens"]': button,
    '[data-field="interruptions"]': interruptions,
  };
  const root = { querySelector: (selector) => parts[selector], querySelectorAll: () => rows };
  return { rows, button, interruptions, root };
}

/** @param {Partial<typeof DEFAULTS>} settings */
function open(settings = {}) {
  /** @type {any} */
  const urls = Object.fromEntries(NAMES.map((name) => [name, `http://${name}`]));
  const store = new Store({
    endpoints: /** @type {any} */ ({ lanes: urls, services: urls, gated: false }),
    settings: { ...DEFAULTS, ...settings },
    page: "me",
  });
  const { root, ...parts } = markup();
  const steadyWindow = { since: () => -Infinity };
  /** @type {any} */
  const page = { store, steadyWindow, runner: new EventTarget(), guide: {} };
  tokensPreset(root, page);
  const shown = [...parts.rows, parts.interruptions];
  return { store, ...parts, areHidden: () => shown.map(({ hidden }) => hidden) };
}

/** Resolves when the view is loaded, which the first stream begins. */
async function loaded({ areHidden }) {
  while (areHidden()[0]) await new Promise(setImmediate);
}

/** Tokens sent every 20 ms from `start` on, each of which takes 5 ms. */
const stream = (count, start) =>
  Array.from({ length: count }, (_, index) => {
    const sent = start + 20 * index;
    return { sent, at: sent + 5 };
  });

test("the button starts a stream, and its figures are shown as long as it lasts", async (t) => {
  mock.timers.enable({ apis: ["setInterval"] });
  t.after(() => mock.timers.reset());
  const view = open();
  const { store, rows, button, areHidden } = view;
  assert.deepEqual(areHidden(), [true, true, true, true, true]);
  store.pause(true);
  button.dispatchEvent(new Event("click"));
  const { rate, size } = store.settings;
  assert.deepEqual([rate, size, store.paused], [50, 16, false]);
  await loaded(view);
  assert.deepEqual(areHidden(), [false, false, false, false, false]);
  // Far behind the moment of the click, so that the test's own pace does not matter.
  const later = performance.timeOrigin + performance.now() + 1e6;
  for (const arrival of stream(1_001, later))
    store.lane("ws").trace.add({ kind: "next", ...arrival });
  mock.timers.tick(500);
  const texts = (name) => rows.map(({ cells }) => cells.get(`[data-of="${name}"]`).textContent);
  assert.deepEqual(texts("ws").slice(1), ["20.0 ms", "20.0 ms", "0 %"]);
  assert.match(texts("ws")[0], /^\d+\.\d s$/);
  assert.deepEqual(texts("sse"), ["–", "–", "–", "–"]);
  store.set({ rate: 2 });
  assert.deepEqual(areHidden(), [true, true, true, true, true]);
});

test("a recording starts no stream and has no figures of one", async (t) => {
  mock.timers.enable({ apis: ["setInterval"] });
  t.after(() => mock.timers.reset());
  const view = open(TOKENS);
  await loaded(view);
  assert.equal(view.button.disabled, false);
  view.store.show({ ...TOKENS, link: { delay: 50, jitter: 0, bandwidth: null } });
  assert.equal(view.button.disabled, true);
  assert.deepEqual(view.areHidden(), [true, true, true, true, true]);
});
