// Writes the generated parts of the documents and of the page from results, as `cargo lab claims`
// does: from the latest in docs/results, or `--from docs/results/A.json` and so on.
// The environment variable LAB names the program that writes the tables of all figures, by default
// `cargo lab`.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseRun } from "../../js/results/run.js";
import {
  PARTS,
  claimsPart,
  costsFrom,
  fill,
  origin,
  recordedClaims,
  recordedCosts,
} from "./document.js";
import { claimsAbout, contradictions, findings } from "./findings.js";
import { REMARK, haveChangedSince, warningOf } from "./hot-paths.js";
import { documentWithCapacity, pageWith } from "./page.js";
import { published } from "./published.js";
import { readmeTable } from "./readme-table.js";
import { recordedTables } from "./tables.js";

const ROOT = new URL("../../../", import.meta.url);

/**
 * @typedef {object} Judged
 * @property {any} run
 * @property {string} file
 * @property {string} origin  the sentences that name the results
 * @property {import("./findings.js").Finding[]} findings
 *
 * @typedef {import("./findings.js").Subject} Subject
 */

/**
 * @param {Subject} subject
 * @param {string | URL} path
 * @param {(string | URL)[]} more  results that add what the first does not have
 * @returns {Judged}
 */
export function judged(subject, path, more = []) {
  const all = [path, ...more].map(readResult);
  const [{ run: first, file }] = all;
  const run = {
    ...first,
    series: all.flatMap(({ run: { series } }) => series),
    facts: all.flatMap(({ run }) => /** @type {any} */ (run).facts ?? []),
  };
  return {
    run,
    file,
    origin: all.map(({ run, file }) => stated(run, file)).join("\n"),
    findings: findings(claimsAbout(subject), run),
  };
}

/** @param {string | URL} path */
const readResult = (path) => ({
  run: parseRun(readFileSync(path, "utf8")),
  file: `results/${basename(String(path))}`,
});

/**
 * The documents that follow from verdicts, with their new content.
 * @param {Judged} transports
 * @param {Judged} processes
 * @param {Judged} elsewhere
 * @returns {[string, string][]}
 */
export function documents(transports, processes, elsewhere) {
  const parts = [
    claimsPart("The three transports", ...partOf(transports)),
    claimsPart("What is said elsewhere", ...partOf(elsewhere)),
    claimsPart("Threads and processes", ...partOf(processes)),
  ];
  const { run } = transports;
  const { commit } = run.environment;
  const from = origin(run, `docs/${transports.file}`);
  const table = `${readmeTable(run)}\n${from}${warningOf(commit, isOld(commit))}`;
  const costs = costsFrom(elsewhere.run);
  const recorded = recordedClaims(processes.findings, elsewhere.findings, processes.run);
  const files = { claims: JSON.parse(read("web/claims.json")), recorded };
  return [
    ["docs/claims.md", fill(read("docs/claims.md"), parts.join(""))],
    ["README.md", documentWithCapacity(fill(read("README.md"), table), costs)],
    ["web/js/choose/recorded-costs.js", recordedCosts(costs)],
    ["web/recorded-claims.json", `${JSON.stringify(recorded, null, 2)}\n`],
    ["web/index.html", pageWith(read("web/index.html"), files, run, costs)],
  ];
}

/** Without the history of the code, what the documents say stays. */
const isOld = (commit) =>
  haveChangedSince(commit) ?? (read("README.md").includes(`${commit}..`) || hasRemark(commit));

const WITH_REMARKS = ["docs/benchmark.md", "docs/scaling.md", "docs/claims.md"];
const hasRemark = (commit) =>
  WITH_REMARKS.some((path) =>
    read(path)
      .split(` at commit ${commit} by `)
      .slice(1)
      .some((after) => after.split("\n\n")[1] === REMARK.trim()),
  );

/** Where figures come from, and whether they are of older code. */
const stated = (run, file) => {
  const { commit } = run.environment;
  return origin(run, file) + (isOld(commit) ? `\n${REMARK}` : "");
};

const read = (path) => readFileSync(new URL(path, ROOT), "utf8");

/** @returns {[import("./findings.js").Finding[], any, string]} */
const partOf = ({ findings, run, origin }) => [findings, run, origin];

/**
 * All figures of results, as `lab report` shows them.
 * @param {string} document
 * @param {string[]} paths
 * @param {string} [part]
 * @returns {[string, string]}
 */
function figures(document, paths, part) {
  const [program, ...first] = process.env.LAB ? [process.env.LAB] : ["cargo", "lab"];
  const made = paths.map((path) => {
    const { run, file } = readResult(path);
    const table = execFileSync(program, [...first, "report", path, "--as", "markdown"], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    return `${stated(run, file)}\n${table}`;
  });
  return [document, fill(read(document), made.join("\n"), part)];
}

function write([path, text]) {
  writeFileSync(new URL(path, ROOT), text);
  console.log(path);
}

function main() {
  const option = /** @type {const} */ ({ type: "string" });
  const several = /** @type {const} */ ({ type: "string", multiple: true });
  const { values } = parseArgs({
    options: {
      from: option,
      processes: option,
      also: several,
      peers: several,
      tokens: several,
      collapse: several,
      channels: several,
    },
  });
  const { from, processes, also, ...more } = /** @type {import("./published.js").Published} */ ({
    ...published(),
    ...values,
  });
  if (!from || !processes) throw new Error("docs/results has no result: see scripts/record");
  const [transports, services] = [judged("transports", from), judged("processes", processes)];
  const elsewhere = judged("elsewhere", from, [...also, ...more.collapse]);
  documents(transports, services, elsewhere).forEach(write);
  write(figures("docs/scaling.md", [processes]));
  write(figures("docs/benchmark.md", [from, ...also]));
  // One after the other: all are parts of the same document.
  for (const part of PARTS)
    if (more[part].length) write(figures("docs/benchmark.md", more[part], ` --${part}`));
  write(["web/recorded-tables.json", recordedTables(read("docs/benchmark.md"))]);
  const findings = [transports, services, elsewhere].flatMap(({ findings }) => findings);
  for (const warning of contradictions(findings)) console.error(`warning: ${warning}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (/** @type {any} */ error) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}
