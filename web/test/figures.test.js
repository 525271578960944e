// Figures of repetitions, their confidence intervals, and the comparison of two runs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bootstrap, mean, tail } from "../js/results/bootstrap.js";
import { compareRuns, difference, outcome, ratio } from "../js/results/compare.js";
import { comparisonOf, nothingInCommon } from "../js/results/view.js";
import { factorsOf, heatOf } from "../js/results/labels.js";
import { estimate, figures, metricNamed, TOO_FEW } from "../js/results/figures.js";
import { repetition as repetitionOf, reading } from "../js/results/histogram.js";
import { Lane } from "../js/lanes/lane.js";
import { runOf } from "../js/results/run.js";
import { environment, repetition, scenario, times, wire } from "./result-fixtures.js";
import { present } from "./present.js";

const valueOf = (name, runs) =>
  figures(runs).find((figure) => figure.name === name)?.estimate.value;

test("figures are ratios over all repetitions", () => {
  const runs = [
    repetition(times(30, 10), { wire: wire(300, 600, 30, 1) }),
    repetition(times(10, 30), { lost: 10, wire: wire(100, 200, 10) }),
  ];
  assert.equal(Math.round(present(valueOf("p50", runs))), 10);
  assert.deepEqual(
    [
      "lost",
      "bytes up",
      "bytes down",
      "bytes both ways",
      "requests",
      "connections",
      "operations per second",
    ].map((name) => valueOf(name, runs)),
    [20, 10, 20, 30, 1, 1 / 40, 2],
  );
});

test("a rate that the load generator decided is not a figure", () => {
  const run = repetition(times(30, 10));
  assert.ok(present(valueOf("operations per second", [run])) > 0);
  assert.equal(valueOf("operations per second", [run, { ...run, load_bound: true }]), undefined);
});

test("a percentile needs ten samples beyond it", () => {
  const of = (count, name) => estimate(metricNamed(name), [repetition(times(count, 5))]);
  assert.deepEqual(
    [of(19, "p50"), of(999, "p99"), of(9_999, "p99.9"), of(0, "p50")],
    [TOO_FEW, TOO_FEW, TOO_FEW, undefined],
  );
  for (const [count, name] of /** @type {[number, string][]} */ ([
    [20, "p50"],
    [1_000, "p99"],
    [10_000, "p99.9"],
  ]))
    assert.equal(typeof of(count, name), "object", name);
});

test("a figure is compared with the best of its group, the limit left out", () => {
  const of = (transport, p50, more = {}) => ({
    scenario: { ...scenario, transport, ...more },
    repetitions: [],
    figures: [{ name: "p50", unit: "ms", estimate: { value: p50 } }],
  });
  const slow = { load: { "per-second": 2 } };
  const series = [
    of("longpoll", 100),
    of("sse", 50),
    of("ws", 50, { server: "limit" }),
    of("sse", 80, slow),
    of("ws", 20, { ...slow, manner: "no-cursor" }),
    of("ws", 7, { load: { "per-second": 5 } }),
  ];
  assert.deepEqual(factorsOf(series, "p50"), [2, 1, undefined, 4, 1, undefined]);
  const perSecond = series.map((one) => ({
    ...one,
    figures: one.figures.map((figure) => ({ ...figure, name: "operations per second" })),
  }));
  assert.deepEqual(factorsOf(perSecond, "operations per second").slice(0, 2), [1, 2]);
  // The best is 0: the others are no number of times worse, and none of them is the best.
  assert.deepEqual(factorsOf([of("longpoll", 3), of("sse", 0), of("ws", 1)], "p50"), [
    undefined,
    1,
    undefined,
  ]);
  assert.deepEqual(factorsOf([of("sse", 0), of("ws", 0)], "p50"), [undefined, undefined]);
  assert.deepEqual([1, 2, 4, 40].map(heatOf), [0, 50, 100, 100]);
});

test("wake-ups, packets and traffic are per minute, where the lab counted them", () => {
  const counted = { ...wire(100, 200, 5), packets: 10, wakeups: 5 };
  const runs = [repetition([], { seconds: 75, wire: counted })];
  assert.deepEqual(
    ["wake-ups", "packets with data", "traffic"].map((name) => valueOf(name, runs)),
    [4, 8, 240],
  );
  const older = [repetition([], { seconds: 75, wire: wire(100, 200, 5) })];
  assert.deepEqual(
    ["wake-ups", "traffic"].map((name) => valueOf(name, older)),
    [undefined, undefined],
  );
});

test("without the gate's counters there is no figure", () => {
  const runs = [repetition([1], { wire: wire(1, 1, 1) }), repetition([1])];
  assert.deepEqual([valueOf("bytes up", runs), valueOf("lost", runs)], [undefined, 0]);
});

test("the lab computes the same intervals", () => {
  const { means, ratios } = JSON.parse(
    readFileSync(new URL("statistics.json", import.meta.url), "utf8"),
  );
  for (const { values, mean: value, low, high } of means)
    assert.deepEqual(mean(values), { value, interval: { low, high } });
  const shown = (/** @type {any} */ { value, interval }) =>
    [value, interval?.low, interval?.high].map((number) => number?.toFixed(9));
  for (const { above, below, ratio: expected } of ratios)
    assert.deepEqual(shown(ratio(above, below)), shown(expected));
});

test("nineteen intervals of twenty contain the truth", () => {
  let right = 0;
  for (let round = 0; round < 100; round += 1) {
    const normal = () => times(12, 0).reduce((sum) => sum + Math.random(), -6);
    const values = times(6, 0).map(normal);
    const mean = (/** @type {number[]} */ drawn) =>
      drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const interval = present(bootstrap(values, mean)?.interval);
    if (interval.low <= 0 && interval.high >= 0) right += 1;
  }
  assert.ok(right >= 85, `${right} of 100`);
});

test("one repetition has no interval, and fewer leave out less", () => {
  assert.deepEqual(
    bootstrap([3], ([value]) => value),
    { value: 3 },
  );
  const tails = [2, 3, 5, 10, 1000].map(tail);
  assert.deepEqual(
    tails.toSorted((a, b) => a - b),
    tails,
  );
  assert.ok(Math.abs(tails[4] - 0.025) < 1e-3);
});

const about = (value, width) => ({ value, interval: { low: value - width, high: value + width } });

test("the interval of a difference follows from both intervals", () => {
  const { value, interval } = difference(about(10, 3), about(4, 4));
  assert.deepEqual([value, interval], [6, { low: 1, high: 11 }]);
  assert.deepEqual(difference({ value: 2 }, about(1, 1)), { value: 1 });
});

test("a difference must be clear and noticeable", () => {
  for (const [first, second, expected] of /** @type {any[]} */ ([
    [about(10, 1), about(20, 1), "less"],
    [about(20, 1), about(10, 1), "more"],
    [about(10, 8), about(15, 8), "no measurable difference"],
    [about(10.8, 0.1), about(10, 0.1), "no measurable difference"],
    [about(104, 0.1), about(100, 0.1), "no measurable difference"],
    [{ value: 10 }, about(100, 1), "measured once"],
  ]))
    assert.equal(
      outcome("p50", first, second),
      expected,
      `${JSON.stringify(first)} and ${JSON.stringify(second)}`,
    );
  // Bytes have no floor but the share.
  assert.equal(outcome("bytes up", about(10.8, 0.1), about(10, 0.1)), "more");
});

test("runs are compared where their scenarios are equal", () => {
  const runWith = (...latencies) => {
    const repetitions = latencies.map((latency) => repetition(times(30, latency)));
    return runOf({ environment, warnings: [] }, [
      { scenario, repetitions },
      { scenario: { ...scenario, readers: latencies[0] }, repetitions },
    ]);
  };
  const [fast, slow] = [runWith(10, 10.1, 10.2), runWith(50, 51, 52)];
  const rows = compareRuns(fast, slow);
  assert.deepEqual(
    rows.filter(({ figure }) => figure === "p50").map(({ outcome }) => outcome),
    ["less"],
  );
  assert.deepEqual(
    [...new Set(compareRuns(fast, fast).map(({ outcome }) => outcome))],
    ["no measurable difference"],
  );
  const changes = (/** @type {any} */ [{ rows }]) =>
    rows.filter((row) => row.includes("p50, ms")).map((row) => row.at(-1));
  assert.deepEqual(changes(comparisonOf(fast, slow)), ["more"]);
  assert.deepEqual(changes(comparisonOf(slow, fast)), ["less"]);
});

test("another duration is the same scenario, other differences are named", () => {
  const runWith = (more) =>
    runOf({ environment, warnings: [] }, [
      { scenario: { ...scenario, ...more }, repetitions: [repetition(times(30, 10))] },
    ]);
  // As a file from elsewhere may have it: in another order, and without what is not limited.
  const link = { jitter_ms: 0, delay_ms: 50 };
  const [table] = comparisonOf(runWith({}), runWith({ seconds: 5, warm_up_seconds: 1, link }));
  assert.match(table.conditions, /connections: 1 .* measured for: 12 s against 5 s$/);
  assert.deepEqual(table.headings, ["transport", "figure", "first", "second", "ratio", "change"]);
  const other = runWith({ experiment: "rate", readers: 2, seconds: 5 });
  assert.deepEqual(comparisonOf(runWith({}), other), []);
  assert.equal(
    nothingInCommon(runWith({}), other),
    "The two runs have no scenario in common. The nearest two differ in experiment (frequent, " +
      "rate), connections (1, 2).",
  );
});

test("a repetition is what lane and gate counted between two moments", () => {
  const lane = new Lane("sse", "http://sse");
  const message = (n) => ({
    id: `1-${n}`,
    channel: "main",
    message: { page: "me", n, sent: 0, text: "" },
    time: 0,
  });
  lane.begin("1-0");
  lane.receive(message(1), 7, "me");
  const before = reading(lane, 1_000, wire(10, 20, 1, 1));
  lane.receive(message(2), 9, "me");
  lane.receive(message(4), 9, "me");
  const { latency, ...counted } = repetitionOf(before, reading(lane, 3_000, wire(15, 50, 1, 1)));
  assert.equal(
    latency.reduce((sum, [, times]) => sum + times, 0),
    2,
  );
  assert.deepEqual(
    [counted.seconds, counted.published, counted.operations, counted.lost],
    [2, 3, 2, 1],
  );
  assert.deepEqual(counted.wire, wire(5, 30, 0, 0));
});
