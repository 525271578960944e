// Long polling over fetch: one request after another, each asking for what is later than the last answer. The cursor
// makes it lossless: what is published between two polls is in the next answer.

import { Backoff, pause } from "../backoff.js";
import { get } from "../request.js";
import { failure, refusal } from "../trouble.js";
import { within } from "../within.js";

// What the service holds a poll for where nothing is asked, by contract, and how much silence then means a path that is dead.
const HELD_S = 25;
const SILENCE_MS = 35_000;
// A held poll that comes back sooner than this, and empty, was not held: a service that drains, or a proxy.
const TOO_EARLY_MS = 1_000;

/**
 * @param {import("./index.js").Attempt} attempt
 * @param {import("./index.js").Platform} platform
 */
export async function longpoll(attempt, platform) {
  const { signal } = attempt;
  const backoff = new Backoff(platform.random);
  let cursor = attempt.after;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const asked = platform.now();
    const { answer, at } = await poll(attempt, { cursor, held: !isFirst }, platform);
    report(attempt, { answer, at, isFirst });
    cursor = answer.cursor;
    const wasEarly = !isFirst && !answer.messages.length && at - asked < TOO_EARLY_MS;
    if (wasEarly) await pause(backoff.next(), signal);
    else backoff.reset();
  }
}

function report(attempt, { answer, at, isFirst }) {
  if (answer.reset) attempt.onReset(answer.reset);
  // Without `after` the answer is empty and its cursor the beginning; with it, the beginning is known.
  if (isFirst) attempt.onOpen(at, { cursor: attempt.after ?? answer.cursor });
  attempt.onAlive();
  for (const message of answer.messages) attempt.onMessage(message, at);
}

/**
 * How many whole seconds a poll is to be held for, so that its answer is due well before the silence is suspicious.
 * @param {number} silence milliseconds
 */
const heldFor = (silence) => Math.floor((HELD_S * silence) / SILENCE_MS);

/** @param {import("./index.js").Attempt} attempt */
async function poll(attempt, { cursor, held }, { fetch, now }) {
  const { silence, signal, onRequest, onRequestEnd } = attempt;
  // The first poll is not held: a held one says nothing for 25 s, up or down.
  const wait = !held ? "0" : silence < SILENCE_MS ? String(heldFor(silence)) : undefined;
  onRequest(now());
  try {
    return await within(Math.min(silence, SILENCE_MS), signal, async (signal) => {
      const response = await get(attempt, "/poll", { after: cursor, wait: cursor && wait }, { fetch, signal });
      if (!response.ok) throw failure(await refusal(response));
      const text = await response.text();
      const at = now();
      return { answer: JSON.parse(text), at };
    });
  } finally {
    onRequestEnd(now());
  }
}
