// The page's histogram equals the lab's: the values recorded there
// (`the_page_has_the_same_buckets`) give the same result here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Histogram } from "../js/results/histogram.js";
import { present } from "./present.js";

const lab = JSON.parse(readFileSync(new URL("histogram.json", import.meta.url), "utf8"));

/** @param {number[]} micros */
function of(micros) {
  const histogram = new Histogram();
  for (const value of micros) histogram.record(value / 1000);
  return histogram;
}

test("the histogram has the buckets and quantiles of the lab's", () => {
  const histogram = of(lab.micros);
  assert.deepEqual(histogram.counts, lab.counts);
  for (const [share, micros] of lab.quantiles)
    assert.equal(present(histogram.quantile(share)) * 1000, micros, `${share}`);
});

test("a written histogram is read again and can be merged", () => {
  const half = lab.micros.length / 2;
  const [first, second] = [of(lab.micros.slice(0, half)), of(lab.micros.slice(half))];
  assert.deepEqual(Histogram.of(first.counts).merge(second).counts, lab.counts);
});

test("the difference to a copy is what was recorded since", () => {
  const histogram = of([5, 5, 1000]);
  const before = histogram.copyText();
  histogram.record(0.005);
  histogram.record(70);
  assert.deepEqual(
    [histogram.since(before).counts, histogram.since(before).count],
    [of([5, 70_000]).counts, 2],
  );
});

test("a quantile is right to one percent", () => {
  for (let round = 0; round < 200; round += 1) {
    const micros = Array.from({ length: 1 + round }, () => Math.trunc(2 ** (Math.random() * 30)));
    const share = Math.random();
    const sorted = micros.toSorted((a, b) => a - b);
    const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
    assert.ok(
      Math.abs(present(of(micros).quantile(share)) * 1000 - exact) <= exact * 0.01 + 1,
      `${micros} at ${share}`,
    );
  }
});

test("an empty histogram has no quantile", () =>
  assert.equal(new Histogram().quantile(0.5), undefined));
