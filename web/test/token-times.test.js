// A stream of tokens: when its settings apply, what is sent, and the times between arrivals.

import assert from "node:assert/strict";
import { test } from "node:test";
import { steadyText } from "../js/lanes/payload.js";
import { Trace } from "../js/lanes/trace.js";
import { DEFAULTS, TOKENS, readAddress, writeAddress } from "../js/page/settings.js";
import { betweenTokens, firstToken } from "../js/tokens/times.js";

/** @param {any[]} arrivals */
function arrivalsOf(arrivals) {
  const trace = new Trace();
  for (const arrival of arrivals) trace.add({ kind: "next", ...arrival });
  return trace.arrivals;
}

/** Tokens sent every 20 ms from `start` on, each of which takes `latency` of its index. */
const stream = (count, latency, start = 0) =>
  Array.from({ length: count }, (_, index) => {
    const sent = start + 20 * index;
    return { sent, at: sent + latency(index) };
  });

test("a token has four characters, and other messages keep their text", () => {
  const settings = { ...DEFAULTS, ...TOKENS };
  assert.deepEqual(
    [1, 9_999, 123_456].map((n) => steadyText(n, settings)),
    ["0001", "9999", "3456"],
  );
  assert.equal(steadyText(1, { ...settings, size: 100 }), "message 1");
  assert.equal(steadyText(1, { ...settings, rate: 49 }), "message 1");
  assert.equal(steadyText(1, readAddress(writeAddress(settings))), "0001");
});

test("the first token is the first one sent since the start", () => {
  const arrivals = arrivalsOf([
    { sent: 90, at: 120 },
    // Of another publisher.
    { at: 125 },
    { sent: 100, at: 130 },
    { sent: 120, at: 140 },
  ]);
  assert.equal(firstToken(arrivals, 100), 30);
  assert.equal(firstToken(arrivals, 121), undefined);
});

test("times between tokens leave out duplicates and other publishers", () => {
  // They would be lumps: each is half a millisecond behind a token.
  const between = [{ sent: 200, at: 205.5, kind: "duplicate" }, { at: 225.5 }];
  const all = [...stream(30, () => 5), ...between].toSorted((a, b) => a.at - b.at);
  assert.deepEqual(betweenTokens(arrivalsOf(all), 0), { median: 20, lumps: 0 });
});

test("tokens that arrive together are lumps", () => {
  // Every second one waits for the next.
  const arrivals = arrivalsOf(stream(2_001, (index) => (index % 2 ? 5 : 25)));
  assert.deepEqual(betweenTokens(arrivals, 0), { median: 0, lumps: 0.5, p99: 40 });
});

test("the p99 is what one gap in a hundred exceeds, and needs a thousand", () => {
  // One in two hundred is late by 10 ms; then one in fifty.
  const late = (every) => arrivalsOf(stream(1_001, (index) => (index % every ? 0 : 10)));
  assert.equal(betweenTokens(late(200), 0).p99, 20);
  assert.equal(betweenTokens(late(50), 0).p99, 30);
  assert.equal(betweenTokens(arrivalsOf(stream(1_000, () => 0)), 0).p99, undefined);
  assert.deepEqual(betweenTokens(arrivalsOf(stream(20, () => 0)), 0), {});
  assert.equal(betweenTokens(late(50), 20 * 990).median, undefined, "too few since then");
});
