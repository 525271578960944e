// Asks each service many times which worker responds, to find the threads and processes that share
// its port.

import { pause } from "../trilane/backoff.js";

const TIMES = 24;
// The number of connections that a browser opens to one origin; each stays with one worker.
const AT_ONCE = 6;

/** @typedef {{ worker: number, pid: number, thread: number }} Answer */

/** @param {import("./experiment-runner.js").Context} context */
export async function run({ page, signal }) {
  const names = Object.keys(page.endpoints.services);
  const all = await Promise.all(names.map((name) => ask(page.endpoints.services[name], signal)));
  return { facts: Object.fromEntries(names.map((name, index) => [name, all[index]])) };
}

/** @param {string} base @param {AbortSignal} signal @returns {Promise<Answer[]>} */
async function ask(base, signal) {
  /** @type {Answer[]} */
  const answers = [];
  while (answers.length < TIMES) {
    const texts = await Promise.all(Array.from({ length: AT_ONCE }, () => one(base, signal)));
    answers.push(...texts.map(parse).filter((answer) => answer !== undefined));
    if (texts.every((text) => !text)) throw new Error(`${base} does not respond`);
    await pause(50, signal);
  }
  return answers;
}

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
