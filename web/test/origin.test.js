// One origin and N readers: the recorded costs, and that the page has a row for each of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { costs } from "../js/results/origin.js";

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

test("costs are those of the rows, without separators and intervals", () => {
  const found = costs([
    ["100 × polls, no cache", "100", "36,700", "8,150", "4.17 [4.16, 4.19]", "1,000", "0", "–"],
    ["100 × SSE", "0", "21,100", "0", "3.32", "1,000", "0", "–"],
  ]);
  assert.deepEqual(
    [...found],
    [
      [
        "100",
        {
          "polls, no cache": { requests: 100, sent: 36_700, median: 4.17 },
          SSE: { requests: 0, sent: 21_100, median: 3.32 },
        },
      ],
    ],
  );
});

test("the page has a row for each kind that is recorded", () => {
  const { tables } = JSON.parse(read("recorded-tables.json")).find(
    ({ name }) => name === "collapse",
  );
  const rows = [...read("index.html").matchAll(/data-kind="([^"]*)"/g)].map(([, kind]) => kind);
  const recorded = [...costs(tables[0].rows)];
  assert.ok(recorded.length > 1);
  for (const [readers, kinds] of recorded) {
    assert.deepEqual(Object.keys(kinds).sort(), rows.toSorted(), readers);
    for (const figures of Object.values(kinds))
      assert.ok(Object.values(figures).every(Number.isFinite), JSON.stringify(figures));
  }
});
