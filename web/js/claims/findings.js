// The findings: under each claim, and of the latest experiment.

import { EXPERIMENTS } from "../experiments/list.js";
import { PageEvidence, valueOf } from "./page-evidence.js";
import { RULES } from "./rules.js";
import { NAMES, capital, milliseconds } from "../ui/format.js";

// What is known about each claim now: from its experiment, or else from the lanes since the page
// started.

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
  const size = n < needs ? `n = ${n} of ${needs} needed` : `n = ${n}`;
  return `${text && `${capital(text)}; `}${size}, ${at === undefined ? "so far" : age(at, now)}`;
}

/** @param {number} at @param {number} now */
export function age(at, now) {
  const passed = Math.max(0, now - at);
  if (passed > DAY) return `recorded on ${new Date(at).toISOString().slice(0, 10)}`;
  if (passed < 90 * SECOND) return `${Math.round(passed / SECOND)} s ago`;
  if (passed < 5_400 * SECOND) return `${Math.round(passed / 60 / SECOND)} min ago`;
  return `${Math.round(passed / 3_600 / SECOND)} h ago`;
}

// The result of the latest experiment in one sentence: what it says about the claim that it was
// started for, or the median latencies.

export const VERDICTS = {
  holds: "Holds",
  "holds-if": "Holds if …",
  imprecise: "Imprecise",
  "does-not-hold": "Does not hold",
  "not-measurable": "Not measurable here",
};
const PREFIX = "claim-";

/**
 * @param {Pick<import("../experiments/experiment-runner.js").ExperimentRunner, "asked" | "latest" |
 *   "results" | "sinceStart">} runner  after an experiment without a failure
 */
export function conclusionOf(runner) {
  const { asked, latest, results } = runner;
  return aboutClaim() ?? medians(results.get(latest ?? "")?.lanes) ?? "Measured.";

  function aboutClaim() {
    if (!asked?.startsWith(PREFIX) || !latest) return undefined;
    const known = { results, sinceStart: runner.sinceStart() };
    const finding = findingFor(asked.slice(PREFIX.length), latest, known);
    // Too few samples are no verdict.
    if (!finding?.verdict || finding.n < finding.needs) return undefined;
    return `${VERDICTS[finding.verdict]}. ${capital(finding.text)}.`;
  }
}

/** @param {import("./page-evidence.js").Lanes} [lanes] */
function medians(lanes) {
  const known = Object.keys(NAMES).flatMap((name) => {
    const value = valueOf(lanes, name, "p50");
    return value === undefined ? [] : `${NAMES[name]} ${milliseconds(value)}`;
  });
  if (!known.length) return undefined;
  const list = known.join(", ");
  return `Median latency: ${list}.`;
}
