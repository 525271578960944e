// The rule of each claim about threads and processes.

import { COMPUTATIONS, MESSAGE_PATHS, TOPICS, processes, threads } from "./conditions.js";

/** @typedef {import("./rules.js").Rule} Rule */
/** @typedef {Record<string, import("../experiments/workers.js").Answer[]>} Answers  by service */

// A computation disturbs other clients if it multiplies their latency by more than this.
const FELT = 3;
// Differences below this share are insignificant.
const NOTHING = 0.05;
// Threads use several cores as well as processes if they need at most this share of their CPU time.
const AS_WELL = 0.75;

const NEEDS_ANSWERS = 10;

/** @type {Record<string, Rule>} */
export const PROCESS_RULES = {
  "execution-threads": (e) => severalThreads(e, "holds", "does-not-hold"),
  "execution-processes": severalProcesses,
  "memory-threads": sharedMemory,
  "memory-processes": (e) => {
    const [process, thread] = [further(e, processes(e.workers)), further(e, threads(e.workers))];
    return process === undefined || thread === undefined
      ? undefined
      : process > 2 * thread
        ? "holds"
        : "does-not-hold";
  },
  "work-threads": ownThreads,
  "work-processes": (e) => {
    const [thread, process] = [threads, processes].map((layout) =>
      e.fact(TOPICS.requests, layout(e.workers), "CPU of the service for each"),
    );
    return thread && process && (thread.value * AS_WELL <= process.value ? "imprecise" : "holds");
  },
  "communication-threads": communication,
  "communication-processes": communication,
  "overhead-threads": overhead,
  "overhead-processes": overhead,
  "port-threads": (e) => severalThreads(e, "does-not-hold", "holds"),
  "port-processes": severalProcesses,
};

/** Judges whether several threads of one process serve one port. */
function severalThreads(e, several, otherwise) {
  const answers = e.observed("workers");
  if (answers) return countThreads(e, answers, several);
  const fewest = e.fact(TOPICS.spread, `${threads(e.workers)}, one socket`, "fewest of a worker");
  return fewest && (fewest.value > 0 ? several : otherwise);
}

function countThreads(e, services, several) {
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
function severalProcesses(e) {
  const services = e.observed("workers");
  if (services) return countProcesses(e, services);
  const fewest = e.fact(
    TOPICS.spread,
    `${processes(e.workers)}, a socket each`,
    "fewest of a worker",
  );
  return fewest && (fewest.value > 0 ? "holds" : "does-not-hold");
}

function countProcesses(e, services) {
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

/**
 * Threads share memory if a further one needs little, or if what one accepts reaches the
 * subscribers of all.
 * @type {Rule}
 */
function sharedMemory(e) {
  const delivered = e.observed("deliveries");
  if (delivered) {
    e.say(
      delivered.missing
        ? `${delivered.missing} did not arrive in all lanes`
        : "all messages arrived in every lane",
      delivered.n,
      NEEDS_ANSWERS,
    );
    return delivered.missing ? "does-not-hold" : "holds";
  }
  const [each, alone] = [
    further(e, threads(e.workers)),
    e.fact(TOPICS.memory, threads(1), "in all"),
  ];
  return each === undefined || !alone
    ? undefined
    : each < alone.value / 2
      ? "holds"
      : "does-not-hold";
}

/** Returns the memory of each further worker, in MB. */
export function further(e, layout) {
  const [alone, together] = [threads(1), layout].map((each) =>
    e.fact(TOPICS.memory, each, "in all"),
  );
  return alone && together && (together.value - alone.value) / (e.workers - 1);
}

/**
 * A computation on a worker's thread delays its clients; on a thread of its own it does not.
 * @type {Rule}
 */
function ownThreads(e) {
  const felt =
    e.observed("burn") ??
    COMPUTATIONS.map((where) => e.fact(TOPICS.burn, `${threads(2)}: ${where}`, "p50")?.value);
  const [rest, beside, on] = felt;
  if (on === undefined) return undefined;
  return on > FELT * Math.max(rest, 1) && on > beside ? "holds-if" : "holds";
}

/** @type {Rule} */
function communication(e) {
  const [thread, process] = MESSAGE_PATHS.map((path) => e.fact(TOPICS.messages, path, "p50"));
  return thread && process && smaller(thread, process);
}

/** @type {Rule} */
function overhead(e) {
  const [thread, process] = [threads, processes].map((layout) =>
    e.fact(TOPICS.memory, layout(e.workers), "for each worker"),
  );
  return thread && process && smaller(thread, process);
}

const smaller = (one, other) =>
  one.value < other.value * (1 - NOTHING) ? "holds" : "does-not-hold";
