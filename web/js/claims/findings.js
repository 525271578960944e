// What is known about each claim now: from its experiment, or else from the lanes since the page
// started.

import { EXPERIMENTS } from "../experiments/list.js";
import { PageEvidence } from "./page-evidence.js";
import { RULES } from "./rules.js";

/**
 * Without `at`, it counts since the page started. Then it has no verdict: that needs the
 * conditions of its experiment.
 * @typedef {{ text: string, n: number, needs: number, verdict?: import("./rules.js").Verdict, at?:
 *   number }} Finding
 */

/**
 * @param {string} claim
 * @param {string} experiment
 * @param {{ results: Map<string, import("../experiments/experiment-runner.js").Result>,
 *   sinceStart: import("./page-evidence.js").Seen }} known
 * @returns {Finding | undefined}
 */
export function findingFor(claim, experiment, { results, sinceStart }) {
  const result = results.get(experiment);
  const found = result && judge(claim, experiment, result);
  if (found) return { ...found, at: result.at };
  if (EXPERIMENTS[experiment]?.kind !== "steady") return undefined;
  const soFar = judge(claim, "so-far", sinceStart);
  return soFar && { ...soFar, verdict: undefined };
}

/**
 * @param {string} claim
 * @param {string} experiment
 * @param {import("./page-evidence.js").Seen} seen
 * @returns {Finding | undefined}
 */
export function judge(claim, experiment, seen) {
  const evidence = new PageEvidence(seen, experiment);
  const verdict = RULES[claim](evidence);
  const { n, needs } = evidence.sample;
  return verdict || n ? { text: evidence.text, n, needs, verdict } : undefined;
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** @param {Finding} finding @param {number} now */
export function inWords({ text, n, needs, at }, now) {
  const size = n < needs ? `n = ${n}, too small (${needs} needed)` : `n = ${n}`;
  return `${text && `${text}; `}${size}; ${at === undefined ? "so far" : age(at, now)}`;
}

/** @param {number} at @param {number} now */
export function age(at, now) {
  const passed = Math.max(0, now - at);
  if (passed > DAY) return `recorded on ${new Date(at).toISOString().slice(0, 10)}`;
  if (passed < 90 * SECOND) return `${Math.round(passed / SECOND)} s ago`;
  if (passed < 5_400 * SECOND) return `${Math.round(passed / 60 / SECOND)} min ago`;
  return `${Math.round(passed / 3_600 / SECOND)} h ago`;
}
