// The requests of polls, and the bytes of idle connections.

import { bytes } from "../ui/format.js";

/** A held poll ends after this time, the default of the services' `wait`, seconds. */
const WAIT = 25;
/**
 * Bytes of an idle connection and how often they are sent, seconds. A poll: the headers of a
 * browser's request and of the response. A stream: a comment or ping, every `--heartbeat`.
 */
const IDLE = { longpoll: { bytes: 890, every: WAIT }, stream: { bytes: 8, every: 15 } };

/**
 * Returns an upper bound of the polls per second of one client: each message ends a poll, and so
 * does the end of its wait.
 * @param {number} rate messages per second
 */
export const pollsPerSecond = (rate) => rate + 1 / WAIT;

/**
 * Returns what idle connections cost, in words.
 * @param {keyof typeof IDLE} kind
 * @param {number} clients
 */
export function idleBytes(kind, clients) {
  const { bytes: size, every } = IDLE[kind];
  return `${bytes(size)} every ${every} s, ${bytes((size * clients) / every)}/s in all`;
}
