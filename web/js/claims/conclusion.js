// The result of the latest experiment in one sentence: what it says about the claim that it was
// started for, or the median latencies.

import { valueOf } from "./page-evidence.js";
import { findingFor } from "./findings.js";
import { milliseconds, NAMES } from "../ui/format.js";

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
  return aboutClaim(runner) ?? medians(results.get(latest ?? "")?.lanes) ?? "Measured.";

  function aboutClaim({ sinceStart }) {
    if (!asked?.startsWith(PREFIX) || !latest) return undefined;
    const known = { results, sinceStart: sinceStart.call(runner) };
    const finding = findingFor(asked.slice(PREFIX.length), latest, known);
    // Too few samples are no verdict.
    if (!finding?.verdict || finding.n < finding.needs) return undefined;
    return `${VERDICTS[finding.verdict]}. Measured: ${finding.text}.`;
  }
}

/** @param {import("./page-evidence.js").Lanes} [lanes] */
function medians(lanes) {
  const values = Object.keys(NAMES).map((name) => [NAMES[name], valueOf(lanes, name, "p50")]);
  const known = values.filter(([, value]) => value !== undefined);
  if (!known.length) return undefined;
  const list = known.map(([name, value]) => `${name} ${milliseconds(value)}`).join(", ");
  return `Median latency: ${list}.`;
}
