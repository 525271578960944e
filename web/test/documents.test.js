// The generated parts of the documents follow from the latest results in docs/results.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { figures } from "../js/results/figures.js";
import { fill } from "../tools/claims/document.js";
import { contradictions } from "../tools/claims/findings.js";
import { supported } from "../tools/claims/readme-table.js";
import { documents, judged } from "../tools/claims/write.js";

const ROOT = new URL("../../", import.meta.url);
const RESULTS = new URL("docs/results/", ROOT);

/** Returns the latest committed result whose name is a date and `end`. @param {string} end */
function latest(end) {
  const names = readdirSync(RESULTS).filter((name) => name.slice("2026-11-22".length) === end);
  return new URL(names.sort().at(-1) ?? "none", RESULTS);
}

const transports = judged("transports", latest(".json"));
const processes = judged("processes", latest("-processes.json"));

test("the documents match the latest results", () => {
  for (const [path, text] of documents(transports, processes)) {
    assert.ok(
      readFileSync(new URL(path, ROOT), "utf8") === text,
      `${path}: see scripts/record for the command that rewrites it`,
    );
  }
});

test("every experiment and topic has its title in the tables", () => {
  const read = (path) => readFileSync(new URL(path, ROOT), "utf8");
  const tables = read("docs/benchmark.md") + read("docs/scaling.md");
  const sources = read("docs/claims.md").matchAll(/^- (.*?)(?:: |; n = ).*`cargo lab bench/gm);
  const titles = [...new Set([...sources].map(([, title]) => title))];
  assert.ok(titles.length > 5);
  for (const title of titles) assert.ok(tables.includes(`\n### ${title}\n`), title);
});

test("the figures in a file follow from its repetitions", () => {
  for (const { scenario, repetitions, figures: written } of transports.run.series) {
    const computed = figures(repetitions).map(({ name, unit, estimate }) => [
      name,
      unit,
      sixDigits(estimate),
    ]);
    const expected = written
      .filter(({ name }) => !name.includes("memory"))
      .map(({ name, unit, estimate }) => [name, unit, sixDigits(estimate)]);
    assert.deepEqual(computed, expected, JSON.stringify(scenario));
  }
});

/** The lab writes six digits. */
const sixDigits = ({ value, interval }) =>
  [value, interval?.low, interval?.high].map((number) => Number(number?.toPrecision(6)));

test("the page does not contradict the results", () => {
  const all = [...transports.findings, ...processes.findings];
  assert.deepEqual(contradictions(all), []);
  const [first] = transports.findings;
  assert.equal(contradictions([{ ...first, verdict: "does-not-hold" }]).length, 1);
});

test("every cell of the second table is measured", () => {
  assert.equal(processes.findings.length, 12);
  for (const { claim, verdict } of processes.findings)
    assert.notEqual(verdict, "not-measurable", claim.id);
});

test("a claim whose measurement is missing is not decided", () => {
  const without = { ...transports.run, series: [] };
  const undecided = documents({ ...transports, run: without, findings: [] }, processes);
  assert.match(
    undecided.find(([path]) => path === "README.md")?.[1] ?? "",
    /\| deliveries per CPU-second \| – \| – \| – \|/,
  );
});

test("only the text between the marks is replaced", () => {
  const document =
    "Prose.\n<!-- made by `cargo lab claims`; do not edit -->\nold\n<!-- end of generated part " +
    "-->\nMore.\n";
  const filled = fill(document, "new\n\n");
  assert.equal(filled, document.replace("old", "\nnew\n"));
  assert.equal(fill(filled, "new"), filled);
  assert.throws(() => fill("Prose.", "new"), /marks/);
});

test("a figure has the digits that its interval supports", () => {
  const about = (value, reach) =>
    supported({ value, interval: { low: value - reach, high: value + reach } });
  assert.deepEqual(
    [about(0.8702, 0.012), about(842, 120), about(51.7, 0.4), about(244_321, 3_000)],
    ["0.87", "800", "51.7", "244,000"],
  );
  assert.deepEqual([about(180.4, 0.01), supported({ value: 842 })], ["180", "840"]);
});
