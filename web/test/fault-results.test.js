// The results of the matrix: several runs of a row, its file, and the table to cite.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asMarkdown, asSvg, tableOf } from "../js/faults/report.js";
import { combine, FaultResults } from "../js/faults/results.js";

/** @returns {any} */
const outcome = (verdict, more = {}) => ({
  published: 25,
  missing: verdict === "lost" || verdict === "dead" ? 9 : 0,
  duplicates: 0,
  detected: 3_010,
  recovered: verdict === "dead" ? undefined : 20,
  slowest: 60,
  verdict,
  ...more,
});
/** A run with the outcomes of the naive clients; the robust ones are unharmed. @returns {any} */
const run = (...naive) =>
  ["longpoll", "sse", "ws"].flatMap((lane, index) => [
    { lane, kind: "naive", outcome: naive[index] && outcome(naive[index]) },
    { lane, kind: "robust", outcome: outcome("whole") },
  ]);

test("a cell has the worst outcome of its runs, and in how many it was seen", () => {
  const cells = combine([
    run("whole", "lost", "dead"),
    run("dead", "late", "dead"),
    run("dead", "late"),
  ]);
  assert.deepEqual(
    cells.map(({ outcome }) => outcome && [outcome.verdict, outcome.runs, outcome.of]),
    [
      ["dead", 2, 3],
      ["whole", 3, 3],
      ["lost", 1, 3],
      ["whole", 3, 3],
      ["dead", 2, 3],
      ["whole", 3, 3],
    ],
  );
  const [first] = combine([run()]);
  assert.deepEqual(first, { lane: "longpoll", kind: "naive", outcome: undefined });
});

test("the latest three runs of a row are kept", () => {
  const results = new FaultResults("Chrome 156");
  for (const verdict of ["dead", "whole", "whole", "late"])
    results.add("cut", "Cut", run(verdict, verdict, verdict));
  const [row] = results.own().rows;
  assert.equal(row.runs.length, 3);
  assert.equal(combine(row.runs)[0].outcome?.verdict, "late");
});

test("a file of another browser is opened, and no other file", () => {
  const [results, other] = [new FaultResults("Chrome 156"), new FaultResults("Firefox 153")];
  other.add("cut", "Cut", run("dead", "dead", "dead"));
  assert.ok(results.open(JSON.stringify(other.own())));
  assert.equal(results.other?.browser, "Firefox 153");
  for (const text of ["{}", "no JSON", "null", '{"format":"trilane-faults-1"}'])
    assert.ok(!results.open(text), text);
});

const date = new Date("2026-11-29T10:00:00Z");
const chromium = new FaultResults("Chrome 156");
chromium.add("down", "Service down", run("dead", "lost", "dead"));
const firefox = new FaultResults("Firefox 153");
firefox.add("down", "Service down", run("dead", "dead", "dead"));
firefox.add("cut", "Cut <&", run("whole", "lost", "dead"));

test("one browser is copied as Markdown with counts and times", () => {
  assert.deepEqual(asMarkdown(tableOf([chromium.own(date)])).split("\n"), [
    "| Fault | Long polling, naive | Long polling, robust | Server-Sent Events, naive | " +
      "Server-Sent Events, robust | WebSocket, naive | WebSocket, robust |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    "| Service down | ■ stopped for good; 9 of 25 missing; noticed 3.0 s | " +
      "✓ unharmed; noticed 3.0 s; back at once; slowest 0.1 s | " +
      "✕ lost some; 9 of 25 missing; noticed 3.0 s; back at once | " +
      "✓ unharmed; noticed 3.0 s; back at once; slowest 0.1 s | " +
      "■ stopped for good; 9 of 25 missing; noticed 3.0 s | " +
      "✓ unharmed; noticed 3.0 s; back at once; slowest 0.1 s |",
    "",
    "Chrome 156, 2026-11-29",
    "",
  ]);
});

test("two browsers are side by side, and what differs is marked", () => {
  const { caption, rows } = tableOf([chromium.own(date), firefox.own(date)]);
  assert.equal(caption, "Chrome 156, 2026-11-29; Firefox 153, 2026-11-29");
  assert.deepEqual(
    rows.map(({ title, cells }) => [title, cells.map(({ differs }) => differs).indexOf(true)]),
    [
      ["Service down, Chrome 156", 2],
      ["Service down, Firefox 153", 2],
      ["Cut <&, Firefox 153", -1],
    ],
  );
});

test("the picture has a cell for each client, and escapes its texts", () => {
  const svg = asSvg(tableOf([chromium.own(date), firefox.own(date)]));
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
  assert.equal(svg.match(/<rect /g)?.length, 1 + 3 * 6);
  assert.equal(svg.match(/stroke="#111"/g)?.length, 2);
  assert.ok(svg.includes("Cut &lt;&amp;, Firefox 153"));
  assert.equal(svg.match(/<text /g)?.length, svg.match(/<\/text>/g)?.length);
});
