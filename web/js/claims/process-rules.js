// The rules of the claims about threads and processes that a page can measure, by what it observes.
// For results of the lab, ../../tools/claims/process-rules.js has the rules.

/** @typedef {import("./rules.js").Evidence} Evidence */
/** @typedef {import("./rules.js").Rule} Rule */
/** @typedef {import("./rules.js").Verdict} Verdict */
/** @typedef {Record<string, import("../experiments/kinds.js").Answer[]>} Answers  by service */

// A computation disturbs other clients if it multiplies their latency by more than this.
const FELT = 3;
const NEEDS_ANSWERS = 10;

/** @type {Record<string, Rule>} */
export const PROCESS_RULES = {
  "execution-threads": (e) => countThreads(e, "holds"),
  "execution-processes": countProcesses,
  "memory-threads": sharedMemory,
  "work-threads": (e) => disturbs(e.observed("burn") ?? []),
  "port-threads": (e) => countThreads(e, "does-not-hold"),
  "port-processes": countProcesses,
};

/**
 * Judges whether several threads of one process serve one port.
 * @param {Evidence} e @param {Verdict} several @returns {Verdict | undefined}
 */
function countThreads(e, several) {
  const services = e.observed("workers");
  if (!services) return undefined;
  const { answers, different } = busiest(services, "thread");
  const pids = new Set(answers.map(({ pid }) => pid)).size;
  e.say(
    `${different} thread${different === 1 ? "" : "s"} of ${pids} ` +
      `process${pids === 1 ? "" : "es"} responded on one port`,
    answers.length,
    NEEDS_ANSWERS,
  );
  return different > pids ? several : "not-measurable";
}

/** @type {Rule} */
function countProcesses(e) {
  const services = e.observed("workers");
  if (!services) return undefined;
  const { answers, different } = busiest(services, "pid");
  e.say(
    different > 1
      ? `${different} processes responded on one port`
      : "each service is a single process here",
    answers.length,
    NEEDS_ANSWERS,
  );
  return different > 1 ? "holds" : "not-measurable";
}

/**
 * Returns the service in which the most threads or processes responded.
 * @param {Answers} services
 * @param {"pid" | "thread"} by
 */
function busiest(services, by) {
  const counted = Object.values(services).map((answers) => ({
    answers,
    different: new Set(answers.map((answer) => answer[by])).size,
  }));
  return counted.reduce((most, one) => (one.different > most.different ? one : most));
}

/** Threads share memory if what one accepts reaches the subscribers of all. @type {Rule} */
function sharedMemory(e) {
  const delivered = e.observed("deliveries");
  if (!delivered) return undefined;
  e.say(
    delivered.missing
      ? `${delivered.missing} did not arrive in all lanes`
      : "all messages arrived in every lane",
    delivered.n,
    NEEDS_ANSWERS,
  );
  return delivered.missing ? "does-not-hold" : "holds";
}

/**
 * A computation on a worker's thread delays its clients; on a thread of its own it does not.
 * @param {(number | undefined)[]} latencies  at rest, beside the workers, and on a worker
 * @returns {Verdict | undefined}
 */
export function disturbs([rest = 0, beside = 0, on]) {
  if (on === undefined) return undefined;
  return on > FELT * Math.max(rest, 1) && on > beside ? "holds-if" : "holds";
}
