// Finds out whether a silent stream is dead: asks the same service over HTTP for messages that the
// stream should have delivered. For transports without visible heartbeats, and for moments that
// streams rarely survive.

import { pause } from "./backoff.js";
import { toConnectionError } from "./connection-error.js";
import { history } from "./history.js";
import { withTimeout } from "./with-timeout.js";

/**
 * @param {import("./attempt.js").Target} target
 * @param {{ cursor: () => string | undefined, signal: AbortSignal, limit: number }} stream
 *   `limit`: milliseconds until
 *   the probe is decided
 * @param {import("./options.js").Options} options
 * @returns {Promise<string | undefined>} what is wrong with the stream, undefined if nothing is
 */
export async function probe(target, { cursor, signal, limit }, { platform, token }) {
  const before = cursor();
  const end = platform.now() + limit;
  const request = async (/** @type {AbortSignal} */ signal) => {
    const subscription = { ...target, token: await token() };
    return history(subscription, { after: before, limit: 1 }, { fetch: platform.fetch, signal });
  };
  const response = await withTimeout(limit, signal, request).catch(toConnectionError);
  if ("status" in response) return; // The service is up, and only refused this request.
  const hasMoved = () => cursor() !== before;
  if (!("messages" in response))
    return hasMoved() ? undefined : (response.detail ?? "the service cannot be reached");
  if (!response.messages.length && !response.reset) return;
  await pause(end - platform.now(), signal);
  return hasMoved() ? undefined : "the service has newer messages that did not arrive";
}
