// The reason of a connection that never opened, if none is known.

import { policyReported, unreachableReason } from "./unreachable.js";

/**
 * @param {import("./connection-error.js").ConnectionError} error
 * @param {Pick<import("./attempt.js").Attempt, "target" | "owner" | "options">} attempt
 * @param {AbortSignal} signal
 * @returns {Promise<import("./connection-error.js").ConnectionError>}
 */
export async function explained(error, { target, owner, options }, signal) {
  if (error.detail || error.status) return error;
  const [found] = await Promise.all([
    owner.hasOpened()
      ? error
      : unreachableReason(target.base, { fetch: options.platform.fetch, signal }),
    // A transport that has opened before is not forbidden, so its reconnect does not wait.
    owner.hasOpened(target.name) || policyReported(signal),
  ]);
  // In Firefox the constructor of a forbidden WebSocket throws an exception without a message.
  return { ...error, ...found };
}
