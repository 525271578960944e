// The messages that a lane lacks, also while its naive client is disconnected. A naive client has
// no cursor: what is published meanwhile is lost, although no later message reveals the gap yet.

/** @typedef {import("./lane.js").Lane} Lane */

/**
 * Returns whether the client ended by itself and will not reconnect.
 * @param {Lane} lane
 */
export const isStopped = ({ state, trouble }) => state === "off" && Boolean(trouble?.naive);

/**
 * Returns the number of accepted messages that a naive client has missed since it lost its
 * connection.
 * @param {Lane} lane
 */
export function missedSinceLoss(lane) {
  const { state, trouble, published, sequence } = lane;
  const isLost = isStopped(lane) || (state === "retrying" && trouble?.naive);
  return isLost && sequence.position ? Math.max(0, published - sequence.position.offset) : 0;
}

/**
 * Returns the number of all missing messages.
 * @param {Lane} lane
 */
export const missing = (lane) => lane.sequence.missing + missedSinceLoss(lane);
