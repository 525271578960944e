// The payload of the page's messages, and how it is read on arrival: which message it is, and its
// latency.

import { areTokens } from "../page/settings.js";

/**
 * @typedef {object} Body
 * @property {string} page  the page that sent it; only that page shares a clock with it
 * @property {number} n  the page's own count
 * @property {string} text
 * @property {number} sent  when it was sent or, at a steady rate, when it was due: a late publisher
 *   must not hide waiting
 * @property {string} [pad]  fills up to the chosen size
 */

/**
 * Returns the text of a steady message: in a stream of tokens, four characters.
 * @param {number} n the page's own count
 * @param {import("../page/settings.js").Settings} settings
 */
export const steadyText = (n, settings) =>
  areTokens(settings) ? String(n).slice(-4).padStart(4, "0") : `message ${n}`;

const PAD_COSTS = ',"pad":""'.length;
const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text).length;

/**
 * @param {Body} body
 * @param {number} size bytes of JSON; a longer payload stays as it is
 * @returns {Body}
 */
export function padded(body, size) {
  const room = size - bytes(JSON.stringify(body)) - PAD_COSTS;
  return room > 0 ? { ...body, pad: "x".repeat(room) } : body;
}

/**
 * Returns the same key for one message in every lane, even if separate brokers gave it different
 * ids.
 * @param {import("../trilane/transports/index.js").Message} message
 */
export function keyOf({ id, message }) {
  return message?.page ? `${message.page}:${message.n}` : id;
}

/**
 * Returns the message as it crossed the wire, without the client's additions. The compatibility
 * endpoints send no id.
 * @param {any} message
 */
export function asReceived({ at, transport, bare, ...came }) {
  return bare ? { message: came.message } : came;
}

/** @param {import("../trilane/transports/index.js").Message} message */
export function textOf({ message }) {
  const text = message?.text ?? message;
  return typeof text === "string" ? text : JSON.stringify(text);
}

// Beyond this, the two clocks disagree, or the message is an old one.
const PLAUSIBLE_MS = 60_000;

/**
 * @param {import("../trilane/transports/index.js").Message} message
 * @param {number} at
 * @param {string} page
 * @returns {{ ms: number, oneClock: boolean } | undefined} undefined rather than an untrustworthy
 *   number
 */
export function latencyOf({ message, time }, at, page) {
  if (message?.page === page) return { ms: at - message.sent, oneClock: true };
  const ms = Math.round(at - time);
  return ms >= 0 && ms < PLAUSIBLE_MS ? { ms, oneClock: false } : undefined;
}
