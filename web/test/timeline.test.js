// What the timelines show: the slopes of a batch, the span, and whether the browser is late.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BrowserDelay, LATE_MS, words } from "../js/lanes/browser-delay.js";
import { Trace } from "../js/lanes/trace.js";
import { SPANS, Zoom } from "../js/lanes/zoom.js";
import { slopes } from "../js/lanes/view/track.js";

const view = { x: (at) => at / 10, lean: 20 };

/** @param {any[]} arrivals */
function traceOf(arrivals) {
  const trace = new Trace();
  for (const arrival of arrivals) trace.add({ kind: "next", ...arrival });
  return trace.arrivals;
}

test("each message of a batch has its slope", () => {
  const sent = [100, 200, 300, 400];
  const arrivals = traceOf(sent.map((sent) => ({ at: 500, sent })));
  assert.deepEqual(
    slopes(arrivals, 0, arrivals.length, view),
    sent.map((sent) => [sent / 10, 0, 50, 20]),
  );
});

test("slopes at the same pixels are drawn once", () => {
  const arrivals = traceOf([
    { at: 500, sent: 400 },
    { at: 501, sent: 401 },
    { at: 509, sent: 409 },
    { at: 520, sent: 420 },
    { at: 530 },
  ]);
  assert.deepEqual(
    slopes(arrivals, 0, arrivals.length, view).map(([from]) => from),
    [40, 42],
  );
});

test("the span has three values", () => {
  const zoom = new Zoom();
  const seen = [];
  zoom.addEventListener("change", () => seen.push(zoom.span));
  zoom.step(1);
  zoom.step(1);
  zoom.step(-1);
  zoom.set(10_000);
  for (const _ of SPANS) zoom.cycle();
  assert.deepEqual(seen, [60_000, 10_000, 2_000, 60_000, 10_000]);
});

test("a browser is late if half of its timers are", () => {
  const delay = new BrowserDelay();
  for (let count = 0; count < 49; count += 1) delay.note(60);
  assert.equal(delay.late, undefined, "too few to tell");
  delay.note(60);
  assert.equal(delay.late, 60);
  for (let count = 0; count < 50; count += 1) delay.note(count % 3 ? LATE_MS : 100);
  assert.equal(delay.late, undefined, "some long tasks make no late browser");
  assert.equal(words(61.7), "This browser runs 62 ms late: do not compare latencies.");
});
