// The rules of the claims about threads and processes that only the lab can measure.

import {
  COMPUTATIONS,
  MESSAGE_PATHS,
  TOPICS,
  processes,
  threads,
} from "../../js/claims/conditions.js";
import { disturbs } from "../../js/claims/process-rules.js";

/** @typedef {import("./result-evidence.js").ResultEvidence} Evidence */
/** @typedef {import("./result-evidence.js").Rule} Rule */

// Differences below this share are insignificant.
const NOTHING = 0.05;
// Threads use several cores as well as processes if they need at most this share of their CPU time.
const AS_WELL = 0.75;

/** @type {Record<string, Rule>} */
export const PROCESS_RULES = {
  "execution-threads": (e) => spread(e, ONE_SOCKET, "holds", "does-not-hold"),
  "execution-processes": (e) => spread(e, SOCKET_EACH, "holds", "does-not-hold"),
  "port-threads": (e) => spread(e, ONE_SOCKET, "does-not-hold", "holds"),
  "port-processes": (e) => spread(e, SOCKET_EACH, "holds", "does-not-hold"),
  "memory-threads": (e) => {
    const each = further(e, threads(e.workers));
    const alone = e.fact(TOPICS.memory, threads(1), "in all");
    if (each === undefined || !alone) return undefined;
    return each < alone.value / 2 ? "holds" : "does-not-hold";
  },
  "work-threads": (e) =>
    disturbs(
      COMPUTATIONS.map((where) => e.fact(TOPICS.burn, `${threads(2)}: ${where}`, "p99")?.value),
    ),
  "memory-processes": (e) => {
    const [process, thread] = [further(e, processes(e.workers)), further(e, threads(e.workers))];
    return process === undefined || thread === undefined
      ? undefined
      : process > 2 * thread
        ? "holds"
        : "does-not-hold";
  },
  "work-processes": (e) => {
    const [thread, process] = [threads, processes].map((layout) =>
      e.fact(TOPICS.requests, layout(e.workers), "CPU of the service for each"),
    );
    if (!thread || !process) return undefined;
    return thread.value * AS_WELL <= process.value ? "imprecise" : "holds";
  },
  "communication-threads": communication,
  "communication-processes": communication,
  "overhead-threads": overhead,
  "overhead-processes": overhead,
};

/** The layouts of which each worker gets connections. */
const ONE_SOCKET = (workers) => `${threads(workers)}, one socket`;
const SOCKET_EACH = (workers) => `${processes(workers)}, a socket each`;

/** Judges whether each worker got connections. @param {Evidence} e */
function spread(e, layout, each, otherwise) {
  const fewest = e.fact(TOPICS.spread, layout(e.workers), "fewest of a worker");
  return fewest && (fewest.value > 0 ? each : otherwise);
}

/** Returns the memory of each further worker, in MB. @param {Evidence} e */
export function further(e, layout) {
  const [alone, together] = [threads(1), layout].map((each) =>
    e.fact(TOPICS.memory, each, "in all"),
  );
  return alone && together && (together.value - alone.value) / (e.workers - 1);
}

/** @type {Rule} */
function communication(e) {
  const [thread, process] = MESSAGE_PATHS.map((path) => e.fact(TOPICS.messages, path, "p50"));
  return thread && process ? smaller(thread, process) : undefined;
}

/** @type {Rule} */
function overhead(e) {
  const [thread, process] = [threads, processes].map((layout) =>
    e.fact(TOPICS.memory, layout(e.workers), "for each worker"),
  );
  return thread && process ? smaller(thread, process) : undefined;
}

const smaller = (one, other) =>
  one.value < other.value * (1 - NOTHING) ? "holds" : "does-not-hold";
