// Every claim with its verdict on a result, in the order of docs/claims.md.

import { readFileSync } from "node:fs";
import { RULES } from "./lab-rules.js";
import { REASONS } from "./reasons.js";
import { Absent, ResultEvidence } from "./result-evidence.js";

/**
 * @typedef {object} Claim
 * @property {string} id
 * @property {string} topic  the row of its table, or "In the text", or who wrote it
 * @property {string} of  the column of its table
 * @property {string} claim
 * @property {string} [verdict]  that of the page
 * @property {string} [experiment]  of the page
 * @property {string} [command]  of the lab
 * @property {{ name: string, date: string, url: string }} [source]  of a sentence of others
 *
 * @typedef {{ claim: Claim, verdict: string, reason: string, evidence: ResultEvidence }} Finding
 */

const { tables } = JSON.parse(readFileSync(new URL("../../claims.json", import.meta.url), "utf8"));

const { columns: TRANSPORTS } = tables.find(({ id }) => id === "transports");

/** Claims outside of the tables. */
const TEXT = [
  ["hold", "Long polling", "The server holds a request until there is something to say"],
  ["again", "Long polling", "After an answer the client asks again at once"],
  ["single", "Long polling", "An answer carries one message"],
  ["nobody", "Long polling", "A request need not say what the client has already"],
  ["stream", "Server-Sent Events", "One connection is opened, and messages are pushed over it"],
  ["upgrade", "WebSocket", "A handshake is needed first"],
];

/** @typedef {"transports" | "processes" | "elsewhere"} Subject  a table of claims.json */

/** @param {Subject} subject @returns {Claim[]} */
export function claimsAbout(subject) {
  const { columns, rows } = tables.find(({ id }) => id === subject);
  if (subject === "elsewhere") return rows.flatMap(sentences);
  // The id of a claim ends with the name of its column.
  const titleOf = (id) => columns[id.slice(id.lastIndexOf("-") + 1)];
  const inTable = rows.flatMap(({ title, claims }) =>
    claims.map((claim) => ({ ...claim, topic: title, of: titleOf(claim.id) })),
  );
  const inText =
    subject === "transports"
      ? TEXT.map(([id, of, claim]) => ({ id, of, claim, topic: "In the text" }))
      : [];
  return [...inTable, ...inText];
}

/** What others wrote. @returns {Claim[]} */
const sentences = ({ title, source, claims }) =>
  claims.map((claim) => ({ ...claim, topic: title, of: TRANSPORTS[claim.about], source }));

/** @param {Claim[]} claims @param {any} run @returns {Finding[]} */
export const findings = (claims, run) =>
  claims.map((claim) => judge(claim, new ResultEvidence(run)));

function judge(claim, evidence) {
  try {
    const verdict = RULES[claim.id](evidence) ?? "not-measurable";
    return { claim, verdict, reason: REASONS[claim.id](evidence, verdict), evidence };
  } catch (error) {
    if (!(error instanceof Absent)) throw error;
    return { claim, verdict: "not-measurable", reason: error.message, evidence };
  }
}

/**
 * Claims whose verdict on the page differs from that of the result.
 * @param {Finding[]} all
 * @returns {string[]}
 */
export const contradictions = (all) =>
  all
    .filter(
      ({ claim, verdict }) =>
        claim.verdict && verdict !== "not-measurable" && claim.verdict !== verdict,
    )
    .map(
      ({ claim, verdict }) =>
        `${claim.id}: web/claims.json says ${claim.verdict}, the result ${verdict}`,
    );
