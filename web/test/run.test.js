// A run as a file: made, read again, refused, and taken along as Markdown and CSV.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { asCsv, asJson, asMarkdown } from "../js/results/export.js";
import { parseRun, runOf } from "../js/results/run.js";
import { sectionsOf } from "../js/results/tables.js";
import { number } from "../js/results/labels.js";
import { environment, repetition, scenario, times, wire } from "./result-fixtures.js";

const run = runOf({ environment, warnings: ["busy"] }, [
  { scenario, repetitions: [repetition(times(30, 51), { wire: wire(0, 3_600, 0) })] },
  {
    scenario: { ...scenario, transport: "longpoll", manner: "no-cursor" },
    repetitions: [repetition([], { operations: 3 })],
  },
]);

test("a written run is read again", () =>
  assert.deepEqual(parseRun(asJson(run)), JSON.parse(asJson(run))));

/** Only what this schema uses. */
function violations(value, schema, root, at = "run") {
  const {
    $ref,
    anyOf,
    oneOf,
    type,
    properties = {},
    required = [],
    items,
    additionalProperties,
  } = schema;
  if ($ref) return violations(value, root.$defs[$ref.split("/").at(-1)], root, at);
  const choices = anyOf ?? oneOf;
  if (choices)
    return choices.some((choice) => !violations(value, choice, root, at).length)
      ? []
      : [`${at} fits nothing`];
  const kind =
    value === null
      ? "null"
      : Array.isArray(value)
        ? "array"
        : Number.isInteger(value)
          ? "integer"
          : typeof value;
  const fits = [type ?? kind]
    .flat()
    .some((name) => name === kind || (name === "number" && kind === "integer"));
  const wrong = [
    !fits && `${at} is ${kind}`,
    schema.const !== undefined && schema.const !== value && `${at} is ${value}`,
    schema.enum && !schema.enum.includes(value) && `${at} is ${value}`,
  ];
  if (kind === "object") {
    wrong.push(...required.filter((name) => !(name in value)).map((name) => `${at} lacks ${name}`));
    for (const [name, inner] of Object.entries(value)) {
      if (properties[name])
        wrong.push(...violations(inner, properties[name], root, `${at}.${name}`));
      else if (additionalProperties === false) wrong.push(`${at} has ${name}`);
    }
  }
  if (kind === "array" && items)
    wrong.push(
      ...value.flatMap((inner, index) => violations(inner, items, root, `${at}[${index}]`)),
    );
  return wrong.filter(Boolean);
}

test("a run matches the schema of the lab", () => {
  const schema = JSON.parse(
    readFileSync(new URL("../../docs/bench.schema.json", import.meta.url), "utf8"),
  );
  assert.deepEqual(violations(JSON.parse(asJson(run)), schema, schema), []);
  assert.notDeepEqual(violations({ ...run, extra: 1 }, schema, schema), []);
});

test("a file that is not a run is refused with the reason", () => {
  for (const [text, reason] of /** @type {[string, RegExp][]} */ ([
    ["{", /not JSON/],
    ["{}", /format 1, got "format": undefined/],
    ['{"format":2}', /got "format": 2/],
    ['{"format":1}', /"series" is not a list; "environment" has no date/],
    [
      `{"format":1,"environment":{"date":"x"},"series":[{}]}`,
      /"environment" has no command; "warnings" is not a list; series 1 lacks a complete scenario/,
    ],
    ...["load", "link"].map((part) => [
      asJson({
        ...run,
        series: [{ ...run.series[0], scenario: { ...scenario, [part]: undefined } }],
      }),
      /series 1 lacks/,
    ]),
  ]))
    assert.throws(() => parseRun(text), reason);
});

const withFields = ({ headings, rows }) =>
  rows.map((row) => Object.fromEntries(row.map((text, index) => [headings[index], text])));

test("a table states shared conditions once, and what distinguishes rows", () => {
  const cost = {
    ...scenario,
    experiment: "cost",
    load: { "in-flight": 1 },
    link: { delay_ms: 0, jitter_ms: 0, bytes_per_second: null },
  };
  const scenarios = [1_000, 5_000].flatMap((readers) =>
    ["limit", "ours", { url: "http://other" }].map((server) => ({ ...cost, readers, server })),
  );
  const counted = ({ server }) =>
    [1, 2].map(() => repetition(times(30, 10), { server_cpu_seconds: server === "limit" ? 1 : 4 }));
  const [section, ...more] = sectionsOf(
    runOf(
      { environment, warnings: [] },
      scenarios.map((scenario) => ({ scenario, repetitions: counted(scenario) })),
    ),
  );
  assert.equal(more.length, 0);
  assert.equal(
    section.conditions,
    "client: usual · what: a delivery · link: loopback · load: 1 in flight · text: 100 B · " +
      "measured for: 12 s · 2 repetitions",
  );
  assert.deepEqual(section.headings.slice(0, section.wordColumns), [
    "transport",
    "server",
    "connections",
  ]);
  const rows = withFields(section);
  assert.deepEqual(
    rows.slice(0, 4).map(({ server, connections }) => [server, connections]),
    [
      ["limit", "1,000"],
      ["Trilane", "1,000"],
      ["http://other", "1,000"],
      ["limit", "5,000"],
    ],
  );
  assert.deepEqual(
    rows.slice(0, 3).map((row) => row["share of the limit"]),
    ["–", "0.250", "0.250"],
  );
  assert.deepEqual(
    rows.slice(0, 2).map((row) => row["operations per CPU-second"]),
    ["30", "7.50"],
  );
});

test("a share of the limit that rests on few ticks of the clock is not shown", () => {
  const cost = { ...scenario, experiment: "quiet" };
  const measured = ["limit", "ours"].map((server) => ({
    scenario: { ...cost, server },
    repetitions: [
      repetition(times(30, 10), { server_cpu_seconds: server === "limit" ? 0.1 : 0.05 }),
    ],
  }));
  const [section] = sectionsOf(runOf({ environment, warnings: [] }, measured));
  assert.deepEqual(
    withFields(section).map((row) => row["share of the limit"]),
    ["–", "n too small"],
  );
});

test("idle connections have their memory", () => {
  const idle = { ...scenario, experiment: "idle", measures: "idle" };
  const figures = [
    { name: "lost", unit: "%", estimate: { value: 0 } },
    { name: "memory", unit: "B/connection", estimate: { value: 645 } },
  ];
  const [section] = sectionsOf({ ...run, series: [{ scenario: idle, repetitions: [], figures }] });
  assert.deepEqual(section.headings, ["transport", "n", "memory, B/connection"]);
});

test("a row shows what is unknown", () => {
  const [first, second] = withFields(sectionsOf(run)[0]);
  assert.deepEqual(
    [first.n, first["p50, ms"], first["p99, ms"], first["bytes down, B/op"]],
    ["30", "51.2", undefined, "120"],
  );
  assert.deepEqual(
    [second.client, second.n, second["p50, ms"], second["bytes down, B/op"]],
    ["no cursor", "3", "n too small", "–"],
  );
});

test("Markdown has the tables of the page, CSV all in one", () => {
  const markdown = asMarkdown(run).split("\n");
  const [{ headings, rows }] = sectionsOf(run);
  for (const cells of [headings, ...rows])
    assert.ok(markdown.includes(`| ${cells.join(" | ")} |`), markdown.join("\n"));
  assert.ok(markdown.includes("- Warning: busy"));
  const csv = asCsv(run).split("\r\n");
  assert.equal(csv.length, 4);
  assert.ok(
    csv[1].startsWith("frequent,SSE,usual,Trilane,a delivery,50 ms each way,50/s,1,100 B,12 s,30,"),
    csv[1],
  );
});

test("numbers have three digits", () => {
  const values = [
    0, 0.01234, 0.5, 1, 1.234, 9.999, 51.26, 180.5, 6.335, 999.6, 12_345, 2_345_678, -1_234,
  ];
  const texts = [
    "0",
    "0.012",
    "0.500",
    "1",
    "1.23",
    "10.0",
    "51.3",
    "180",
    "6.33",
    "1,000",
    "12,300",
    "2,350,000",
    "-1,230",
  ];
  assert.deepEqual(values.map(number), texts);
});
