// The generated parts of docs/claims.md, what the page shows of results, and the marks around
// generated parts.

import { costsOf } from "../../js/choose/cost.js";
import { RECORDED } from "../../js/choose/recorded-costs.js";
import { repetitionsOf } from "../../js/results/tables.js";
import { CHOICES, lengthOf, number, titleOf } from "../../js/results/labels.js";

/** @typedef {import("./findings.js").Finding} Finding */

const begin = (part) => `<!-- made by \`cargo lab claims${part}\`; do not edit -->\n`;
const END = "<!-- end of generated part -->\n";

const VERDICTS = {
  holds: "holds",
  "holds-if": "holds if …",
  imprecise: "imprecise",
  "does-not-hold": "does not hold",
  "not-measurable": "not measurable here",
};

/**
 * Replaces a generated part of a document.
 * @param {string} document
 * @param {string} made
 * @param {string} [part] the option that names its result, if there are others: " --peers"
 * @throws {Error} if the document has no such part
 */
export function fill(document, made, part = "") {
  const first = document.indexOf(begin(part));
  const end = document.indexOf(END, first);
  if (first < 0 || end < 0) throw new Error("the marks around the generated part are missing");
  return `${document.slice(0, first)}${begin(part)}\n${made.trim()}\n\n${document.slice(end)}`;
}

/** Results that are shown in a part of docs/benchmark.md of their own. */
export const PARTS = /** @type {const} */ (["peers", "tokens", "collapse", "channels"]);

/** The generated part of a document. @param {string} document @param {string} part */
export function partIn(document, part) {
  const first = document.indexOf(begin(part));
  if (first < 0) throw new Error(`the marks around the generated part${part} are missing`);
  return document.slice(first + begin(part).length, document.indexOf(END, first));
}

/**
 * Returns the sentence that names the result file, its commit and its command.
 * @param {any} run
 * @param {string} file
 */
export const origin = ({ environment }, file) =>
  `From [${file}](${file}), measured on ${dateOf(environment)} at commit ` +
  `${environment.commit ?? "unknown"} by \`cargo lab ${environment.command.join(" ")}\`.\n`;

const dateOf = ({ date }) => date.split("T")[0];

/**
 * The part of docs/claims.md about one subject.
 * @param {string} title
 * @param {Finding[]} findings
 * @param {any} run
 * @param {string} file  the sentences that name the results
 */
export function claimsPart(title, findings, run, file) {
  const rows = findings.map(({ claim: { id, topic, of, claim, source }, verdict }) => [
    source ? `${cited(topic, source)}` : topic,
    of,
    claim,
    `[${VERDICTS[verdict]}](#${id})`,
  ]);
  const table = markdownTable(["", "about", "claim", "verdict"], rows);
  const reasons = findings.map((finding) => reasonsOf(finding, run)).join("");
  return `## ${title}\n\n${file}\n${table}\n${reasons}`;
}

/** @param {string} who @param {{ name: string, date: string, url: string }} source */
const cited = (who, { name, date, url }) => `${who} ([${name}](${url}), ${date})`;

/** @param {string[]} headings @param {string[][]} rows */
export function markdownTable(headings, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return [headings, headings.map(() => "---"), ...rows].map(line).join("");
}

function reasonsOf({ claim: about, verdict, reason, evidence }, run) {
  const { id, topic, of, claim, because, source } = about;
  const words = VERDICTS[verdict];
  const experiments = evidence.experiments.map(([name, used]) => experimentSource(name, used, run));
  const topics = evidence.topics.map(
    ({ command, title, n }) => `- ${title}; n = ${n}. \`cargo lab bench ${command}\`\n`,
  );
  const judged = `**${words[0].toUpperCase()}${words.slice(1)}:** ${reason}`;
  const [who, condition] = source ? [cited(topic, source), ` ${because}`] : [topic, ""];
  return (
    `### ${id}\n\n${who}, ${of}: “${claim}”. ` +
    `${judged}${condition}\n\n${[...experiments, ...topics].join("")}\n`
  );
}

function experimentSource(name, used, run) {
  const all = run.series.filter(({ scenario }) => scenario.experiment === name);
  const operations = used
    .flatMap(({ repetitions }) => repetitions)
    .reduce((sum, { operations }) => sum + operations, 0);
  return (
    `- ${titleOf(name)}: ${conditionsOf(all)}; ${number(operations)} operations. ` +
    `\`cargo lab bench --only ${name}\`\n`
  );
}

/** What all scenarios of an experiment have in common. */
function conditionsOf(all) {
  const scenarios = all.map(({ scenario }) => scenario);
  const isSame = ([, describe]) => new Set(scenarios.map(describe)).size === 1;
  /** @type {[string, (scenario: any) => string][]} */
  const choices = [...CHOICES, ["measured for", lengthOf]];
  const same = choices
    .filter(isSame)
    .map(([name, describe]) => `${name}: ${describe(scenarios[0])}`);
  return [...same, repetitionsOf(all)].join(" · ");
}

/**
 * What the page shows where a browser cannot measure, and of the sentences of others.
 * @param {Finding[]} processes
 * @param {Finding[]} elsewhere
 * @param {any} run  of the processes
 */
export function recordedClaims(processes, elsewhere, { environment }) {
  const because = reasonsById(processes.filter(({ claim }) => !claim.experiment));
  const machine = `${environment.cpu}, ${environment.cores} cores`;
  return { date: dateOf(environment), machine, because, elsewhere: reasonsById(elsewhere) };
}

/** The costs of this result with three digits, and for what it lacks the recorded ones. */
export const costsFrom = (run) =>
  JSON.parse(JSON.stringify({ ...RECORDED, ...costsOf(run) }), (_, value) =>
    typeof value === "number" ? Number(value.toPrecision(3)) : value,
  );

/**
 * The costs that the choice of the page uses until it knows others.
 * @param {import("../../js/choose/cost.js").Costs} costs
 */
export function recordedCosts(costs) {
  const literal = JSON.stringify(costs, null, 2).replaceAll(/^( +)"(\w+)":/gm, "$1$2:");
  return (
    "// Made by `cargo lab claims`: what the latest result says. Do not edit.\n\n" +
    `/** @type {import("./cost.js").Costs} */\nexport const RECORDED = ${literal};\n`
  );
}

/** @param {Finding[]} findings */
const reasonsById = (findings) =>
  Object.fromEntries(findings.map(({ claim, reason }) => [claim.id, reason]).sort());
