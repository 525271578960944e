// Long polling over fetch: one request after another, each asking for what is later than the last answer. The cursor
// makes it lossless: what is published between two polls is in the next answer.

import * as clock from "../clock.js";
import { Backoff, pause, retryAfter } from "./backoff.js";

// The service answers within 25 s by contract, so this much silence means a path that is dead.
const SILENCE_MS = 35_000;
// A held poll that comes back sooner than this, and empty, was not held: a service that drains, or a proxy.
const TOO_EARLY_MS = 1_000;

/**
 * @param {import("./index.js").Subscription} subscription
 */
export async function longpoll(subscription, { fetch = globalThis.fetch.bind(globalThis), now = clock.now, random = Math.random } = {}) {
  const { signal, onState } = subscription;
  const backoff = new Backoff(random);
  const reader = { cursor: subscription.after, answering: false, backoff };
  while (!signal.aborted) {
    try {
      await turn(subscription, reader, { fetch, now });
    } catch (/** @type {any} */ error) {
      if (signal.aborted) return;
      reader.answering = false;
      const wait = backoff.next(error.retryAfter);
      onState("retrying", now(), { status: error.status, detail: error.detail, retryAt: now() + wait });
      await pause(wait, signal);
    }
  }
}

/** One request and its answer. */
async function turn(subscription, reader, { fetch, now }) {
  const held = reader.answering;
  const asked = now();
  const { answer, at } = await poll(subscription, reader, { fetch, now });
  if (subscription.signal.aborted) return;
  if (!reader.cursor) subscription.onCursor(answer.cursor);
  if (answer.reset) subscription.onReset(answer.reset);
  for (const message of answer.messages) subscription.onMessage(message, at);
  reader.cursor = answer.cursor;
  reader.answering = true;
  subscription.onState("open", at);
  const early = held && !answer.messages.length && at - asked < TOO_EARLY_MS;
  if (early) await pause(reader.backoff.next(), subscription.signal);
  else reader.backoff.reset();
}

async function poll({ base, channel, signal, onRequest, onRequestEnd }, { cursor, answering }, { fetch, now }) {
  const query = new URLSearchParams({ channel });
  if (cursor) query.set("after", cursor);
  // The first poll, and the first after a failure, is not held: a held one says nothing for 25 s, up or down.
  if (cursor && !answering) query.set("wait", "0");
  onRequest(now());
  try {
    const response = await fetch(`${base}/poll?${query}`, { signal: limited(signal), cache: "no-store" });
    const text = await response.text();
    const at = now();
    if (!response.ok) throw refusal(response, text);
    return { answer: JSON.parse(text), at };
  } finally {
    if (!signal.aborted) onRequestEnd(now());
  }
}

/** @param {AbortSignal} signal */
const limited = (signal) => AbortSignal.any([signal, AbortSignal.timeout(SILENCE_MS)]);

function refusal(response, text) {
  return Object.assign(new Error(`poll: ${response.status}`), {
    status: response.status,
    detail: problemDetail(text),
    retryAfter: retryAfter(response),
  });
}

function problemDetail(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return undefined; // Not one of our services: a proxy's error page.
  }
}
