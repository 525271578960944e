// The deciding numbers of each claim about threads and processes, in sentences.

import {
  COMPUTATIONS,
  MESSAGE_PATHS,
  TOPICS,
  processes,
  threads,
} from "../../js/claims/conditions.js";
import { further } from "./process-rules.js";
import { number, withInterval } from "../../js/results/labels.js";

/** The text of a fact. */
const of = (e, topic, subject, figure) => withInterval(e.fact(topic, subject, figure));

/** @type {Record<string, import("./reasons.js").Reason>} */
export const PROCESS_REASONS = {
  "execution-threads": threadsOnOneSocket,
  "execution-processes": processesOnOnePort,
  "memory-threads": (e) => `${growth(e, threads(e.workers))} They share the rest.`,
  "memory-processes": (e) =>
    `${growth(e, processes(e.workers))} A further thread uses ` +
    `${furtherIn(e, threads(e.workers))} MB.`,
  "work-threads": (e, verdict) => {
    const [rest, beside, on] = COMPUTATIONS.map((where) =>
      of(e, TOPICS.burn, `${threads(2)}: ${where}`, "p99"),
    );
    const condition = verdict === "holds-if" ? "It holds if the work has its own threads. " : "";
    return (
      `${condition}One request in a hundred takes more than ${rest} ms at rest, ${beside} ms ` +
      `beside a computation on its own threads, and ${on} ms if its own worker computes.`
    );
  },
  "work-processes": (e) => {
    const [[thread, cpu], [process, processCpu]] = [threads, processes].map((layout) =>
      ["requests", "CPU of the service for each"].map((figure) =>
        of(e, TOPICS.requests, layout(e.workers), figure),
      ),
    );
    return (
      `${threads(e.workers)} serve ${thread} requests per second with ${cpu} µs of CPU ` +
      `time each, ${processes(e.workers)} serve ${process} with ${processCpu} µs.`
    );
  },
  "communication-threads": messages,
  "communication-processes": messages,
  "overhead-threads": memory,
  "overhead-processes": memory,
  "port-threads": threadsOnOneSocket,
  "port-processes": processesOnOnePort,
};

function threadsOnOneSocket(e) {
  return connections(e, `${threads(e.workers)}, one socket`);
}

function processesOnOnePort(e) {
  return connections(e, `${processes(e.workers)}, a socket each`);
}

function connections(e, layout) {
  const [all, fewest, most] = ["connections", "fewest of a worker", "most of a worker"].map(
    (figure) => of(e, TOPICS.spread, layout, figure),
  );
  return `${layout}: of ${all} connections to one port, each worker got ${fewest} to ${most}.`;
}

/** A verdict about memory has this figure. */
const furtherIn = (e, layout) => number(further(e, layout) ?? NaN);

function growth(e, layout) {
  const [one, all] = [threads(1), layout].map((each) => of(e, TOPICS.memory, each, "in all"));
  return (
    `1 process with 1 thread uses ${one} MB and ${layout} use ${all} MB: ` +
    `${furtherIn(e, layout)} MB for each further one.`
  );
}

function messages(e) {
  const [thread, process, redis] = MESSAGE_PATHS.map((path) => of(e, TOPICS.messages, path, "p50"));
  return (
    `The median latency of a message is ${thread} µs to another thread over a channel, ` +
    `${process} µs to another process over a socket pair, and ${redis} µs through Redis.`
  );
}

function memory(e) {
  const [thread, process] = [threads, processes].map((layout) =>
    of(e, TOPICS.memory, layout(e.workers), "for each worker"),
  );
  return (
    `Without connections, ${threads(e.workers)} use ${thread} MB each and ` +
    `${processes(e.workers)} use ${process} MB each.`
  );
}
