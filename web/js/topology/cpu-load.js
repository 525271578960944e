// A computation of about the same duration on any machine: a small task measures the speed, and the
// size of the next follows from it. It is one task, since between two of them an event loop would
// serve its subscribers.

import { fetchJson } from "../shared/fetch-json.js";
import { pause } from "../trilane/backoff.js";

/** Well below the ten seconds after which the supervisor considers a process stuck. */
const BURN_MS = 3_500;
const SMALL = 50_000_000;
/** The service refuses more. */
const MOST = 10_000_000_000;
const CHECK_INTERVAL_MS = 250;

/**
 * @param {{ url: string, channel: string }} where  results go to a separate channel
 * @param {boolean} inline
 * @param {typeof globalThis.fetch} fetch
 * @param {AbortSignal} signal  stops waiting for the result
 * @returns {Promise<number | undefined>} its duration in milliseconds; undefined if it was
 *   cancelled
 */
export async function burn({ url, channel }, inline, fetch, signal) {
  const tasks = `channel=${channel}-tasks`;
  const count = async (/** @type {number} */ bound) => {
    const { task } = await fetchJson(fetch, "POST", `${url}/tasks?${tasks}&inline=${inline}`, {
      primes_below: bound,
    });
    return took(task, `${url}/messages?${tasks}`, fetch, signal);
  };
  const first = await count(SMALL);
  if (first === undefined) return undefined;
  return count(Math.min(MOST, Math.round((SMALL * BURN_MS) / Math.max(1, first))));
}

/** @returns {Promise<number | undefined>} */
async function took(task, history, fetch, signal) {
  for (let after = "0"; ; await pause(CHECK_INTERVAL_MS, signal)) {
    signal.throwIfAborted();
    const { messages, cursor } = await fetchJson(fetch, "GET", `${history}&after=${after}`);
    const end = messages.find(
      ({ message }) => message.task === task && message.progress === undefined,
    );
    if (end) return end.message.millis;
    after = cursor;
  }
}
