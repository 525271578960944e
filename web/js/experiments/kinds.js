// The kinds of experiment, loaded when the first one is run. Those at one service are here.

import { noCursor } from "./no-cursor.js";
import { opening, upstream } from "./opening.js";
import { steady } from "./steady.js";
import { pause } from "../trilane/time.js";
import { now } from "../shared/clock.js";

// The function that runs each kind of experiment. Loaded when the first one is run.

/**
 * @typedef {import("./experiment-runner.js").Context} Context
 * @typedef {import("./experiment-runner.js").Result} Result
 *
 * @type {Record<Exclude<import("./list.js").Experiment["kind"], "support">, (context: Context) =>
 *   Promise<Partial<Result>>>}
 */
export const KINDS = {
  burn,
  "no-cursor": noCursor,
  opening,
  refused,
  steady,
  upstream,
  workers: askWorkers,
};

// Experiments at one service: computation beside its subscribers, its workers, and a refusal.

// The effect of a computation on subscribers: idle first, then on the event loops that serve them,
// then on a thread pool. `POST /tasks` counts primes; `inline=true` needs a service that allows it.

// Worker threads receive connections in turn, so this many concurrent requests reach several of
// them.
const AT_ONCE = 4;
// Some messages should arrive before the computation starts.
const SETTLES_MS = 500;
const PRIMES_BELOW = 400_000_000;
const WHAT = ["idle", "inline", "pool"];

/** @param {import("./experiment-runner.js").Context} context */
async function burn({ page, experiment, signal }) {
  /** @type {NonNullable<import("./experiment-runner.js").Result["lanes"]>} */
  const lanes = {};
  for (const what of WHAT) {
    const part = { ...experiment, name: `burn-${what}`, seconds: experiment.seconds / WHAT.length };
    const work = what === "idle" ? undefined : () => compute(page, what, signal);
    const result = await steady({ page, experiment: part, signal }, work);
    for (const [name, measured] of Object.entries(result.lanes))
      lanes[`${what}:${name}`] = measured;
  }
  return { lanes };
}

/**
 * @param {import("./experiment-runner.js").Context["page"]} page
 * @param {string} what
 * @param {AbortSignal} signal
 */
async function compute({ endpoints, store }, what, signal) {
  await pause(SETTLES_MS, signal);
  const ask = (/** @type {string} */ base) =>
    fetch(`${base}/tasks?channel=burn-${store.page}&inline=${what === "inline"}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ primes_below: PRIMES_BELOW }),
      signal,
    });
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, () => ask(endpoints.services.sse)),
  );
  const failed = answers.find(({ ok }) => !ok);
  if (failed)
    throw new Error((await failed.json().catch(() => ({}))).detail ?? `status ${failed.status}`);
}

// Asks each service many times which worker responds, to find the threads and processes that share
// its port.

const TIMES = 24;
// The number of connections that a browser opens to one origin; each stays with one worker.
const CONNECTIONS = 6;

/** @typedef {{ worker: number, pid: number, thread: number }} Answer */

/** @param {import("./experiment-runner.js").Context} context */
async function askWorkers({ page, signal }) {
  const services = Object.entries(page.endpoints.services);
  const all = await Promise.all(services.map(([, base]) => ask(base, signal)));
  return { facts: Object.fromEntries(services.map(([name], index) => [name, all[index]])) };
}

/** @param {string} base @param {AbortSignal} signal @returns {Promise<Answer[]>} */
async function ask(base, signal) {
  /** @type {Answer[]} */
  const answers = [];
  while (answers.length < TIMES) {
    const texts = await Promise.all(Array.from({ length: CONNECTIONS }, () => one(base, signal)));
    answers.push(...texts.map(parse).filter((answer) => answer !== undefined));
    if (texts.every((text) => !text)) throw new Error(`${base} does not respond`);
    await pause(50, signal);
  }
  return answers;
}

/** @param {string} base @param {AbortSignal} signal */
const one = (base, signal) =>
  fetch(`${base}/worker`, { signal, cache: "no-store" }).then(
    (response) => response.text(),
    () => "",
  );

/** @param {string} text response of `GET /worker` @returns {Answer | undefined} */
export function parse(text) {
  const [, worker, pid, thread] =
    /worker (\d+)(?: of process \d+)? \(pid (\d+), thread (\d+)\)/.exec(text) ?? [];
  return thread ? { worker: Number(worker), pid: Number(pid), thread: Number(thread) } : undefined;
}

// The behaviour of EventSource after an error response: it stops for good. The service responds
// with 400 to an invalid cursor.

/** @param {import("./experiment-runner.js").Context} context */
async function refused({ page, experiment, signal }) {
  const url = `${page.endpoints.services.sse}/events?channel=refused&after=no-cursor`;
  const began = now();
  const source = new EventSource(url);
  let errors = 0;
  let closedAfter;
  source.onerror = () => {
    errors += 1;
    if (source.readyState === EventSource.CLOSED) closedAfter ??= now() - began;
  };
  await pause(experiment.seconds * 1000, signal);
  source.close();
  signal.throwIfAborted();
  return { facts: { errors, closedAfter, seconds: experiment.seconds } };
}
