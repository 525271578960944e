// Long polling over fetch: one request after another, each with the cursor of the previous
// response. The cursor makes it lossless: a message that is published between two polls is in the
// next response.

import { Backoff, pause } from "../time.js";
import { connectionError, fromResponse } from "../events.js";
import { get, withTimeout } from "../request.js";

// How long the service holds a poll by default, and after how much silence the path must be dead.
const HELD_S = 25;
const SILENCE_MS = 35_000;
// An empty response that is faster than this was not held: the service drains, or a proxy
// responded.
const TOO_EARLY_MS = 1_000;

/**
 * @typedef {object} Batch  the body of a response
 * @property {import("./index.js").Message[]} messages
 * @property {string} cursor
 * @property {import("./index.js").Reset} [reset]
 * @property {boolean} [end]  whether the channels have ended there
 */

/**
 * @param {import("./index.js").Subscription} subscription
 * @param {import("./index.js").Platform} platform
 */
export async function longpoll(subscription, platform) {
  const { signal } = subscription;
  const backoff = new Backoff(platform.random);
  let cursor = subscription.after;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const sent = platform.now();
    const { body, at } = await poll(subscription, { cursor, isHeld: !isFirst }, platform);
    report(subscription, { body, at, isFirst });
    if (body.end) return subscription.onEnd(body.cursor);
    cursor = body.cursor;
    const wasEarly = !isFirst && !body.messages.length && at - sent < TOO_EARLY_MS;
    if (wasEarly) await pause(backoff.next(), signal);
    else backoff.reset();
  }
}

/**
 * @param {import("./index.js").Subscription} subscription
 * @param {{ body: Batch, at: number, isFirst: boolean }} response
 */
function report(subscription, { body, at, isFirst }) {
  if (body.reset) subscription.onReset(body.reset);
  // Without `after` the response is empty and its cursor is the start; with it, the start is known.
  if (isFirst) subscription.onOpen(at, { cursor: subscription.after ?? body.cursor });
  subscription.onAlive();
  for (const message of body.messages) subscription.onMessage(message, at);
  // After its messages: a channel that `after` does not name begins before them.
  if (isFirst) subscription.onCursor(body.cursor);
}

/**
 * Returns for how many whole seconds the service may hold a poll, so that its response is due well
 * before `silence`.
 * @param {number} silence milliseconds
 */
const heldFor = (silence) => Math.floor((HELD_S * silence) / SILENCE_MS);

/**
 * @param {import("./index.js").Subscription} subscription
 * @param {{ cursor: string | undefined, isHeld: boolean }} request
 * @param {import("./index.js").Platform} platform
 * @returns {Promise<{ body: Batch, at: number }>}
 */
async function poll(subscription, { cursor, isHeld }, { fetch, now }) {
  const { silence, signal, onRequest, onRequestEnd } = subscription;
  // The first poll is not held: a held one shows nothing for 25 s, neither open nor failed.
  const wait = !isHeld ? "0" : silence < SILENCE_MS ? String(heldFor(silence)) : undefined;
  onRequest(now());
  try {
    return await withTimeout(Math.min(silence, SILENCE_MS), signal, async (signal) => {
      const response = await get(
        subscription,
        "/poll",
        { after: cursor, wait: cursor && wait },
        { fetch, signal },
      );
      if (!response.ok) throw connectionError(await fromResponse(response));
      const text = await response.text();
      const at = now();
      return { body: JSON.parse(text), at };
    });
  } finally {
    onRequestEnd(now());
  }
}
