// What is known about each claim now: from its experiment, or else from the lanes since the page
// started.

import { EXPERIMENTS } from "../experiments/list.js";
import { PROCESS_RULES } from "./process-rules.js";
import { TRANSPORT_RULES } from "./transport-rules.js";

const RULES = { ...TRANSPORT_RULES, ...PROCESS_RULES };

/**
 * @typedef {import("./transport-rules.js").Finding & { at?: number }} Finding  without `at`: since
 *   the page started, still counting
 */

/**
 * @param {string} claim
 * @param {string} experiment
 * @param {{ results: Map<string, import("../experiments/experiment-runner.js").Result>, sinceStart:
 *   import("./transport-rules.js").Seen }} known
 * @returns {Finding | undefined}
 */
export function findingFor(claim, experiment, { results, sinceStart }) {
  const result = results.get(experiment);
  const found = result && RULES[claim](result);
  if (found) return { ...found, at: result.at };
  return EXPERIMENTS[experiment]?.kind === "steady" ? RULES[claim](sinceStart) : undefined;
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** @param {Finding} finding @param {number} now */
export function inWords({ text, n, needs, at }, now) {
  const size = n < needs ? `n = ${n}, too small (${needs} needed)` : `n = ${n}`;
  return (
    `${n < needs && text === "–" ? "" : `${text}; `}${size}; ` +
    `${at === undefined ? "so far" : age(at, now)}`
  );
}

/** @param {number} at @param {number} now */
export function age(at, now) {
  const passed = Math.max(0, now - at);
  if (passed > DAY) return `recorded on ${new Date(at).toISOString().slice(0, 10)}`;
  if (passed < 90 * SECOND) return `${Math.round(passed / SECOND)} s ago`;
  if (passed < 5_400 * SECOND) return `${Math.round(passed / 60 / SECOND)} min ago`;
  return `${Math.round(passed / 3_600 / SECOND)} h ago`;
}
