// The generated parts of docs/claims.md and README.md, and web/recorded-claims.json.

import { repetitionsOf } from "../../js/results/tables.js";
import { CHOICES, lengthOf, number, titleOf } from "../../js/results/labels.js";

/** @typedef {import("./findings.js").Finding} Finding */

const BEGIN = "<!-- made by `cargo lab claims`; do not edit -->\n";
const END = "<!-- end of generated part -->\n";

const VERDICTS = {
  holds: "holds",
  "holds-if": "holds if …",
  imprecise: "imprecise",
  "does-not-hold": "does not hold",
  "not-measurable": "not measurable here",
};

/**
 * Replaces the generated part of a document.
 * @param {string} document
 * @param {string} made
 * @throws {Error} if the document has no generated part
 */
export function fill(document, made) {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error("the marks around the generated part are missing");
  return `${document.slice(0, begin)}${BEGIN}\n${made.trim()}\n\n${document.slice(end)}`;
}

/**
 * Returns the sentence that names the result file and its command.
 * @param {any} run
 * @param {string} file
 */
export const origin = ({ environment }, file) =>
  `From [${file}](${file}), measured on ${dateOf(environment)} by \`cargo lab ` +
  `${environment.command.join(" ")}\`.\n`;

const dateOf = ({ date }) => date.split("T")[0];

/**
 * The part of docs/claims.md about one subject.
 * @param {string} title
 * @param {Finding[]} findings
 * @param {any} run
 * @param {string} file
 */
export function claimsPart(title, findings, run, file) {
  const rows = findings.map(({ claim: { id, topic, of, claim }, verdict }) => [
    topic,
    of,
    claim,
    `[${VERDICTS[verdict]}](#${id})`,
  ]);
  const table = markdownTable(["", "about", "claim", "verdict"], rows);
  const reasons = findings.map((finding) => reasonsOf(finding, run)).join("");
  return `## ${title}\n\n${origin(run, file)}\n${table}\n${reasons}`;
}

/** @param {string[]} headings @param {string[][]} rows */
export function markdownTable(headings, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return [headings, headings.map(() => "---"), ...rows].map(line).join("");
}

function reasonsOf({ claim: { id, topic, of, claim }, verdict, reason, evidence }, run) {
  const words = VERDICTS[verdict];
  const experiments = evidence.experiments.map(([name, used]) => experimentSource(name, used, run));
  const topics = evidence.topics.map(
    ({ name, title, n }) => `- ${title}; n = ${n}. \`cargo lab bench processes --only ${name}\`\n`,
  );
  const judged = `**${words[0].toUpperCase()}${words.slice(1)}:** ${reason}`;
  return (
    `### ${id}\n\n${topic}, ${of}: “${claim}”. ` +
    `${judged}\n\n${[...experiments, ...topics].join("")}\n`
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
  const same = [...CHOICES, ["measured for", lengthOf]]
    .filter(isSame)
    .map(([name, describe]) => `${name}: ${describe(scenarios[0])}`);
  return [...same, repetitionsOf(all)].join(" · ");
}

/**
 * The verdicts that the page shows where a browser cannot measure.
 * @param {Finding[]} findings
 * @param {any} run
 */
export function recordedClaims(findings, { environment }) {
  const onTerminal = findings.filter(({ claim }) => !claim.experiment);
  const because = Object.fromEntries(
    onTerminal.map(({ claim, reason }) => [claim.id, reason]).sort(),
  );
  const machine = `${environment.cpu}, ${environment.cores} cores`;
  return `${JSON.stringify({ date: dateOf(environment), machine, because }, null, 2)}\n`;
}
