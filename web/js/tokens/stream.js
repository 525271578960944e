// What is shown while there is a stream of tokens: its rows in the table, and its interruptions.

import * as clock from "../shared/clock.js";
import { find, show } from "../ui/dom.js";
import { milliseconds } from "../ui/format.js";
import { Interrupter } from "./interrupter.js";
import { betweenTokens, firstToken } from "./times.js";

const INTERVAL_MS = 500;

/**
 * @param {HTMLElement} root of the lanes
 * @param {import("../page.js").Page} page
 * @param {import("./preset.js").Stream} stream
 */
export function streamView(root, page, stream) {
  const { store } = page;
  const rows = /** @type {HTMLElement[]} */ ([...root.querySelectorAll('[data-figure^="token"]')]);
  const interruptions = find(root, '[data-field="interruptions"]');
  const settle = () => {
    for (const part of [...rows, interruptions]) part.hidden = stream.start === undefined;
  };
  store.addEventListener("settings", settle);
  settle();
  figuresView(rows, page, stream);
  interruptionsView(interruptions, page);
}

/**
 * @param {HTMLElement[]} rows
 * @param {Pick<import("../page.js").Page, "store" | "steadyWindow">} page
 * @param {import("./preset.js").Stream} stream
 */
function figuresView(rows, { store, steadyWindow }, stream) {
  // By lane, of the stream that began then: arrivals are kept for ten minutes only.
  /** @type {{ start?: number, of: Record<string, number | undefined> }} */
  let first = { of: {} };
  setInterval(() => {
    const { start } = stream;
    if (start === undefined || store.paused) return;
    if (first.start !== start) first = { start, of: {} };
    const since = Math.max(start, steadyWindow.since(clock.now()));
    for (const { name, trace } of store.lanes) {
      first.of[name] ??= firstToken(trace.arrivals, start);
      const { median, p99, lumps } = betweenTokens(trace.arrivals, since);
      const share = lumps === undefined ? "–" : `${Math.round(100 * lumps)} %`;
      const texts = [...[first.of[name], median, p99].map(milliseconds), share];
      texts.forEach((text, index) => show(find(rows[index], `[data-of="${name}"]`), text));
    }
  }, INTERVAL_MS);
}

/**
 * @param {HTMLElement} root of the buttons, and of the sentence below them
 * @param {import("../page.js").Page} page
 */
function interruptionsView(root, page) {
  const { store, runner, guide } = page;
  const interrupter = new Interrupter(page);
  const buttons = /** @type {HTMLButtonElement[]} */ ([...root.querySelectorAll("button")]);
  const update = () => {
    for (const button of buttons) button.disabled = !guide.canTake("watch");
  };
  for (const button of buttons)
    button.addEventListener("click", async () => {
      const said = find(root, '[role="status"]');
      show(said, "An answer is being written, in a channel of its own …");
      show(said, await interrupter.run(button.dataset.interruption ?? ""));
    });
  store.addEventListener("settings", update);
  runner.addEventListener("change", update);
  update();
}
