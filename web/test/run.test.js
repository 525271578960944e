// A run as a file: made, read again, refused, and taken along as Markdown and CSV.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { asCsv, asJson, asMarkdown } from "../js/bench/export.js";
import { nameOf, parseRun, runOf } from "../js/bench/run.js";
import { HEADINGS, number, rowsOf } from "../js/bench/table.js";
import { environment, repetition, scenario, times, wire } from "./runs.js";

const run = runOf({ environment, warnings: ["busy"] }, [
  { scenario, repetitions: [repetition(times(30, 51), { wire: wire(0, 3_600, 0) })] },
  { scenario: { ...scenario, transport: "longpoll", manner: "no-cursor" }, repetitions: [repetition([], { operations: 3 })] },
]);

test("what is written is read again", () => assert.deepEqual(parseRun(asJson(run)), JSON.parse(asJson(run))));

/** Only what this schema uses. */
function violations(value, schema, root, at = "run") {
  const { $ref, anyOf, oneOf, type, properties = {}, required = [], items, additionalProperties } = schema;
  if ($ref) return violations(value, root.$defs[$ref.split("/").at(-1)], root, at);
  const choices = anyOf ?? oneOf;
  if (choices) return choices.some((choice) => !violations(value, choice, root, at).length) ? [] : [`${at} fits nothing`];
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  const fits = [type ?? kind].flat().some((name) => name === kind || (name === "number" && kind === "integer"));
  const wrong = [!fits && `${at} is ${kind}`, schema.const !== undefined && schema.const !== value && `${at} is ${value}`, schema.enum && !schema.enum.includes(value) && `${at} is ${value}`];
  if (kind === "object") {
    wrong.push(...required.filter((name) => !(name in value)).map((name) => `${at} lacks ${name}`));
    for (const [name, inner] of Object.entries(value)) {
      if (properties[name]) wrong.push(...violations(inner, properties[name], root, `${at}.${name}`));
      else if (additionalProperties === false) wrong.push(`${at} has ${name}`);
    }
  }
  if (kind === "array" && items) wrong.push(...value.flatMap((inner, index) => violations(inner, items, root, `${at}[${index}]`)));
  return wrong.filter(Boolean);
}

test("it is as the schema of the lab says", () => {
  const schema = JSON.parse(readFileSync(new URL("../../docs/bench.schema.json", import.meta.url), "utf8"));
  assert.deepEqual(violations(JSON.parse(asJson(run)), schema, schema), []);
  assert.notDeepEqual(violations({ ...run, extra: 1 }, schema, schema), []);
});

test("a file that is no run is refused with the reason", () => {
  for (const [text, reason] of [
    ["{", /no JSON/],
    ["{}", /format 1: its "format" is undefined/],
    ['{"format":2}', /its "format" is 2/],
    ['{"format":1}', /"series" is no list; "environment" has no date/],
    [`{"format":1,"environment":{"date":"x"},"series":[{}]}`, /"environment" has no command; "warnings" is no list; series 1 lacks a whole scenario/],
    ...["load", "link"].map((part) => [asJson({ ...run, series: [{ ...run.series[0], scenario: { ...scenario, [part]: undefined } }] }), /series 1 lacks/]),
  ]) assert.throws(() => parseRun(text), reason);
});

test("a series is named by what was asked of whom", () => {
  assert.deepEqual(nameOf(scenario), { experiment: "frequent", who: "SSE", how: "50/s, 50 ms each way" });
  const other = { ...scenario, manner: "no-cursor", server: { url: "x" }, load: { "in-flight": 3 }, link: { delay_ms: 0, jitter_ms: 0 } };
  assert.deepEqual(nameOf(other), { experiment: "frequent", who: "SSE, no cursor, other server", how: "3 in flight, no delay" });
});

test("a row says what it does not know", () => {
  const [first, second] = rowsOf(run).map((row) => Object.fromEntries(row.map((cell, index) => [HEADINGS[index], cell])));
  assert.deepEqual([first.n, first["p50, ms"], first["p99, ms"], first["bytes down, B/op"]], ["30", "51.2", "n too small", "120"]);
  assert.deepEqual([second.n, second["p50, ms"], second["bytes down, B/op"]], ["3", "n too small", "–"]);
});

test("Markdown and CSV have the same cells", () => {
  const markdown = asMarkdown(run).split("\n");
  assert.equal(markdown[2], `| ${rowsOf(run)[0].join(" | ")} |`);
  assert.ok(markdown.includes("- Warning: busy"));
  const csv = asCsv(run).split("\r\n");
  assert.equal(csv.length, 4);
  assert.ok(csv[1].startsWith('frequent,SSE,"50/s, 50 ms each way",30,51.2,'), csv[1]);
});

test("numbers have three digits", () => {
  assert.deepEqual([0, 0.12345, 1.2345, 51.26, 123.4, 12345].map(number), ["0", "0.123", "1.23", "51.3", "123", "12300"]);
});
