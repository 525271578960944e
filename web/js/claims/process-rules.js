// The rules for the claims about threads and processes.

import { figure, lost, ms, operations, samples } from "./lane-figures.js";

/** @typedef {import("./transport-rules.js").Rule} Rule */
/** @typedef {Record<string, import("../experiments/workers.js").Answer[]>} Answers */

/** @type {Record<string, Rule>} */
export const PROCESS_RULES = {
  "execution-threads": ({ facts }) => facts && threads(facts, "holds"),
  "execution-processes": ({ facts }) => facts && processes(facts),
  "memory-threads": shared,
  "work-threads": burnt,
  "port-threads": ({ facts }) => facts && threads(facts, "does-not-hold"),
  "port-processes": ({ facts }) => facts && processes(facts),
};

/**
 * Returns the service in which the most threads or processes responded.
 * @param {Answers} facts
 * @param {"pid" | "thread"} by
 */
function busiest(facts, by) {
  const spread = Object.values(facts).map((answers) => ({
    answers,
    different: new Set(answers.map((answer) => answer[by])).size,
  }));
  return spread.reduce((most, one) => (one.different > most.different ? one : most));
}

/**
 * Judges whether several threads of one process responded.
 * @param {Answers} facts
 * @param {import("./transport-rules.js").Verdict} verdict if several threads of one process
 *   answered
 */
function threads(facts, verdict) {
  const { answers, different } = busiest(facts, "thread");
  const pids = new Set(answers.map(({ pid }) => pid)).size;
  const isSeveral = different > pids;
  const text =
    `${different} thread${different === 1 ? "" : "s"} of ${pids} ` +
    `process${pids === 1 ? "" : "es"} responded on one port`;
  return { text, n: answers.length, needs: 10, verdict: isSeveral ? verdict : "not-measurable" };
}

/** @param {Answers} facts */
function processes(facts) {
  const { answers, different } = busiest(facts, "pid");
  const text =
    different > 1
      ? `${different} processes responded on one port`
      : "each service is a single process here";
  return {
    text,
    n: answers.length,
    needs: 10,
    verdict: different > 1 ? "holds" : "not-measurable",
  };
}

/** A message that one worker accepts reaches the subscribers of the others. @type {Rule} */
function shared({ lanes }) {
  const names = Object.keys(lanes ?? {});
  const n = Math.min(...names.map((name) => operations(lanes, name)));
  if (!names.length || !n) return undefined;
  const missing = names.reduce((sum, name) => sum + lost(lanes, name), 0);
  const text = missing
    ? `${missing} did not arrive in all lanes`
    : "all messages arrived in every lane";
  return { text, n, needs: 10, verdict: missing ? "does-not-hold" : "holds" };
}

// Well above the variation of an idle machine.
const FELT = 3;

/** @type {Rule} */
function burnt({ lanes }) {
  const [idle, inline, pool] = ["idle", "inline", "pool"].map((what) => slowest(lanes, what));
  if (idle === undefined || inline === undefined || pool === undefined) return undefined;
  const text =
    `slowest message ${ms(idle)} when idle, ${ms(inline)} with the work on the ` +
    `event loop, ${ms(pool)} with it on a thread pool`;
  const verdict = inline > FELT * Math.max(idle, 1) && inline > pool ? "holds-if" : "holds";
  return { text, n: samples(lanes, "inline:sse"), needs: 10, verdict };
}

function slowest(lanes, what) {
  const seen = ["sse", "ws"]
    .map((name) => figure(lanes, `${what}:${name}`, "max"))
    .filter((value) => value !== undefined);
  return seen.length ? Math.max(...seen) : undefined;
}
