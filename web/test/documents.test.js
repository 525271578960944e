// The generated parts of the documents follow from the latest results in docs/results.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { figures } from "../js/results/figures.js";
import { PARTS, fill, partIn } from "../tools/claims/document.js";
import { contradictions } from "../tools/claims/findings.js";
import {
  HOT_PATHS,
  haveChangedSince,
  isChange,
  REMARK,
  warningOf,
} from "../tools/claims/hot-paths.js";
import { published } from "../tools/claims/published.js";
import { recordedTables } from "../tools/claims/tables.js";
import { supported } from "../tools/claims/readme-table.js";
import { documents, judged } from "../tools/claims/write.js";

const ROOT = new URL("../../", import.meta.url);

const latest = published();
const transports = judged("transports", latest.from ?? "");
const processes = judged("processes", latest.processes ?? "");
const elsewhere = judged("elsewhere", latest.from ?? "", [...latest.also, ...latest.collapse]);

test("the documents match the latest results", () => {
  for (const [path, text] of documents(transports, processes, elsewhere)) {
    assert.ok(
      readFileSync(new URL(path, ROOT), "utf8") === text,
      `${path}: cargo lab claims rewrites it`,
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
    const about = JSON.stringify(scenario);
    const computed = figures(repetitions);
    const expected = written.filter(({ name }) => !name.includes("memory"));
    const names = (all) => all.map(({ name, unit }) => [name, unit]);
    assert.deepEqual(names(computed), names(expected), about);
    computed.forEach(({ name, estimate }, index) => {
      const [own, other] = [estimate, expected[index].estimate].map(numbers);
      own.forEach((number, at) =>
        assert.ok(
          number === other[at] || Math.abs(number - other[at]) <= Math.abs(number) * LAST_DIGIT,
          `${name}: ${number}, not ${other[at]}: ${about}`,
        ),
      );
    });
  }
});

/** The lab writes six digits, and rounds a half in its own way. */
const LAST_DIGIT = 1e-5;
const numbers = ({ value, interval }) => [value, interval?.low, interval?.high];

test("the page does not contradict the results", () => {
  const all = [transports, processes, elsewhere].flatMap(({ findings }) => findings);
  assert.deepEqual(contradictions(all), []);
  const [first] = transports.findings;
  assert.equal(contradictions([{ ...first, verdict: "does-not-hold" }]).length, 1);
});

test("every cell of the second table is measured", () => {
  assert.equal(processes.findings.length, 12);
  for (const { claim, verdict } of processes.findings)
    assert.notEqual(verdict, "not-measurable", claim.id);
});

test("sentences of others have a source, and a verdict from a measurement that there is", () => {
  assert.ok(elsewhere.findings.length >= 14);
  for (const { claim, verdict, reason, evidence } of elsewhere.findings) {
    const { source, command, id } = claim;
    if (command === "cargo lab bench collapse" && !latest.collapse.length) continue;
    assert.match(source?.date ?? "", /2\d{3}-\d\d/, id);
    assert.match(source?.url ?? "", /^https:/, id);
    assert.equal(verdict === "not-measurable", !command, id);
    if (!command) assert.match(reason, /^Not measured here/, id);
    // Lines of code are counted by every run.
    else {
      const { experiments, topics } = evidence;
      assert.ok(experiments.length || topics.length || id === "said-not-easy", id);
    }
  }
});

test("a claim whose measurement is missing is not decided", () => {
  const without = { ...transports.run, series: [] };
  const undecided = documents({ ...transports, run: without, findings: [] }, processes, elsewhere);
  assert.match(
    undecided.find(([path]) => path === "README.md")?.[1] ?? "",
    /\| deliveries per CPU-second \| – \| – \| – \|/,
  );
});

test("the documents say whether the measured code has changed since", () => {
  for (const path of HOT_PATHS) assert.ok(existsSync(new URL(path, ROOT)), path);
  assert.equal(warningOf("abc", false), "");
  assert.match(warningOf("abc", true), /has changed since .*: `git log --oneline abc\.\. /);
  const read = (path) => readFileSync(new URL(path, ROOT), "utf8");
  const { commit } = transports.run.environment;
  const readme = read("README.md");
  assert.ok(readme.includes(`at commit ${commit} by`));
  const said = [[commit, readme.includes(warningOf(commit, true))]];
  for (const path of ["docs/benchmark.md", "docs/scaling.md", "docs/claims.md"])
    for (const [, commit, next] of read(path).matchAll(/ at commit (\w+) by .*\n\n(.*)\n/g))
      said.push([commit, next === REMARK.trim()]);
  assert.ok(said.length > 4);
  for (const [commit, isSaid] of said) {
    const changed = haveChangedSince(commit);
    // A checkout without that commit cannot tell.
    if (changed !== undefined)
      assert.equal(
        isSaid,
        changed,
        `the hot paths have changed since ${commit}: cargo lab claims says so in the documents, ` +
          "or scripts/record measures anew",
      );
  }
});

test("a hot path has changed if a file in it has another content", () => {
  const [hot] = HOT_PATHS;
  for (const line of [`M\t${hot}/a.rs`, `D\t${hot}/a.rs`, `R098\t${hot}/a.rs\tb.rs`])
    assert.ok(isChange(`M\tREADME.md\n${line}\n`), line);
  for (const line of ["", "M\tREADME.md", `R100\t${hot}/a.rs\tother/a.rs`, `M\t${hot}-not/a.rs`])
    assert.ok(!isChange(`${line}\n`), line);
  // As in a clone that has only the latest commits.
  assert.equal(haveChangedSince("0".repeat(12)), undefined);
  assert.equal(haveChangedSince("HEAD"), false);
});

test("the latest result of each kind is published", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "trilane-results-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const names = ["2026-11-22", "2026-11-29", "2026-11-22-peers", "mine", "2026-12-01-other"];
  for (const name of names) writeFileSync(join(directory, `${name}.json`), "");
  const { from, processes, peers, channels } = published(pathToFileURL(`${directory}/`));
  assert.deepEqual(
    [from, processes, peers, channels],
    [
      join(directory, "2026-11-29.json"),
      undefined,
      [join(directory, "2026-11-22-peers.json")],
      [],
    ],
  );
});

test("the page has the tables of the document", () => {
  const document = readFileSync(new URL("docs/benchmark.md", ROOT), "utf8");
  const recorded = readFileSync(new URL("web/recorded-tables.json", ROOT), "utf8");
  assert.ok(recorded === recordedTables(document), "cargo lab claims rewrites it");
  const table = "### Times\n\ntext: 1 B\n\n|  | p50, ms |\n| --- | --- |\n| a\\|b | 5 |\n";
  const origin = "From [r](r), measured on 2026-11-29 at commit abc by `cargo lab bench tokens`.\n";
  const made = `${origin}\n${table}\n### Where it ran\n\n| a | b |\n`;
  const filled = fill(document, made, " --tokens");
  const tokens = JSON.parse(recordedTables(filled)).find(({ name }) => name === "tokens");
  assert.deepEqual(tokens, {
    name: "tokens",
    origins: [{ date: "2026-11-29", commit: "abc", command: "cargo lab bench tokens" }],
    tables: [
      { title: "Times", conditions: "text: 1 B", headings: ["", "p50, ms"], rows: [["a|b", "5"]] },
    ],
  });
  assert.ok(PARTS.every((part) => partIn(document, ` --${part}`).length > 1));
});

test("only the text between the marks is replaced", () => {
  const document =
    "Prose.\n<!-- made by `cargo lab claims`; do not edit -->\nold\n<!-- end of generated part " +
    "-->\nMore.\n";
  const filled = fill(document, "new\n\n");
  assert.equal(filled, document.replace("old", "\nnew\n"));
  assert.equal(fill(filled, "new"), filled);
  assert.throws(() => fill("Prose.", "new"), /marks/);
  const ofPeers = (text) => text.replace("claims`", "claims --peers`");
  const both = document + ofPeers(document);
  assert.equal(fill(both, "new", " --peers"), document + ofPeers(filled));
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
