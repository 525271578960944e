// Writes the generated parts of the documents from two results, as `cargo lab claims` does:
// `node web/tools/claims/write.js --from docs/results/A.json --processes docs/results/B.json`.
// The environment variable LAB names the program that writes the tables of all figures, by default
// `cargo lab`.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseRun } from "../../js/results/run.js";
import { claimsPart, fill, origin, recordedClaims } from "./document.js";
import { claimsAbout, contradictions, findings } from "./findings.js";
import { readmeTable } from "./readme-table.js";

const ROOT = new URL("../../../", import.meta.url);

/** @typedef {{ run: any, file: string, findings: import("./findings.js").Finding[] }} Judged */

/** @param {"transports" | "processes"} subject @param {string | URL} path @returns {Judged} */
export function judged(subject, path) {
  const run = parseRun(readFileSync(path, "utf8"));
  return {
    run,
    file: `results/${basename(String(path))}`,
    findings: findings(claimsAbout(subject), run),
  };
}

/**
 * The documents that follow from verdicts, with their new content.
 * @param {Judged} transports
 * @param {Judged} processes
 * @returns {[string, string][]}
 */
export function documents(transports, processes) {
  const parts = [
    claimsPart("The three transports", ...partOf(transports)),
    claimsPart("Threads and processes", ...partOf(processes)),
  ];
  const from = origin(transports.run, `docs/${transports.file}`);
  const table = `${readmeTable(transports.run)}\n${from}`;
  return [
    filled("docs/claims.md", parts.join("")),
    filled("README.md", table),
    ["web/recorded-claims.json", recordedClaims(processes.findings, processes.run)],
  ];
}

/** @returns {[import("./findings.js").Finding[], any, string]} */
const partOf = ({ findings, run, file }) => [findings, run, file];

/** @returns {[string, string]} */
function filled(document, made) {
  return [document, fill(readFileSync(new URL(document, ROOT), "utf8"), made)];
}

/**
 * All figures of a result, as `lab report` shows them.
 * @param {string} document
 * @param {Judged} judged
 * @param {string} path
 * @returns {[string, string]}
 */
function figures(document, { run, file }, path) {
  const [program, ...first] = process.env.LAB ? [process.env.LAB] : ["cargo", "lab"];
  const made = execFileSync(program, [...first, "report", path, "--as", "markdown"], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return filled(document, `${origin(run, file)}\n${made}`);
}

function main() {
  const { values } = parseArgs({
    options: { from: { type: "string" }, processes: { type: "string" } },
  });
  if (!values.from || !values.processes)
    throw new Error("expected --from FILE and --processes FILE, two results of cargo lab bench");
  const [transports, services] = [
    judged("transports", values.from),
    judged("processes", values.processes),
  ];
  const all = [
    ...documents(transports, services),
    figures("docs/benchmark.md", transports, values.from),
    figures("docs/scaling.md", services, values.processes),
  ];
  for (const [path, text] of all) {
    writeFileSync(new URL(path, ROOT), text);
    console.log(path);
  }
  for (const warning of [transports, services].flatMap(({ findings }) => contradictions(findings)))
    console.error(`warning: ${warning}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (/** @type {any} */ error) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}
