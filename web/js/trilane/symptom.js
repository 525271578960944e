// Whether a stream that shows nothing is dead: the same service is asked over HTTP whether there is something that the
// stream should have brought. For transports whose heartbeats cannot be seen, and for moments that streams seldom survive.

import { pause } from "./backoff.js";
import { history } from "./history.js";
import { troubleOf } from "./trouble.js";
import { within } from "./within.js";

/**
 * @param {import("./link.js").Target} target
 * @param {{ cursor: () => string | undefined, signal: AbortSignal, limit: number }} stream  milliseconds, after which it is
 *   decided
 * @param {import("./options.js").Options} options
 * @returns {Promise<string | undefined>} what is wrong with it
 */
export async function symptom(target, { cursor, signal, limit }, { platform, token }) {
  const before = cursor();
  const end = platform.now() + limit;
  const ask = async (/** @type {AbortSignal} */ signal) => {
    const log = { ...target, token: await token() };
    return history(log, { after: before, limit: 1 }, { fetch: platform.fetch, signal });
  };
  const answer = await within(limit, signal, ask).catch(troubleOf);
  if ("status" in answer) return; // It is there, and only refused this question.
  const hasMoved = () => cursor() !== before;
  if (!("messages" in answer)) return hasMoved() ? undefined : (answer.detail ?? "the service cannot be reached");
  if (!answer.messages.length && !answer.reset) return;
  await pause(end - platform.now(), signal);
  return hasMoved() ? undefined : "the service has newer messages that did not arrive";
}
