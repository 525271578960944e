// The three transports, behind one interface. A transport makes one attempt: it delivers messages
// from a cursor on until it fails, and throws the reason. Retrying, falling back and resuming are
// up to its caller.

import { longpoll } from "./longpoll.js";
import { sse } from "./sse.js";
import { ws } from "./ws.js";

/** @type {Record<Name, (subscription: Subscription, platform: Platform) => Promise<void>>} */
export const transports = { longpoll, sse, ws };

/**
 * What silence means: with visible heartbeats the connection has failed; without, the service is
 * probed; a poll has a time limit of its own.
 * @type {Record<Name, "fail" | "probe" | "own">}
 */
export const silenceRules = { longpoll: "own", sse: "fail", ws: "probe" };

/**
 * @typedef {"longpoll" | "sse" | "ws"} Name
 * @typedef {{ id: string, channel: string, message: any, time: number }} Message
 * @typedef {{ after: string, oldest: string, cursor: string }} Reset
 * @typedef {{ cursor?: string, reset?: boolean, publish?: Publish }} Opened  where it starts, and
 *   whether a reset follows
 * @typedef {(message: unknown, key?: string) => Promise<any>} Publish  over the connection itself
 * @typedef {{ fetch: typeof globalThis.fetch, WebSocket?: typeof globalThis.WebSocket, now: () =>
 *   number, random: () => number }} Platform
 *
 * @typedef {object} Subscription
 * @property {string} base  address of the service, without a slash at the end
 * @property {string} channel
 * @property {string} [after]  the last id that the caller has; without it, only new messages
 * @property {string} [token]
 * @property {number} silence  ms without data after which the connection is dead
 * @property {AbortSignal} signal  ends the attempt
 * @property {(at: number, opened: Opened) => void} onOpen
 * @property {(message: Message, at: number) => void} onMessage  `at` is read before the message is
 *   parsed
 * @property {(reset: Reset) => void} onReset
 * @property {() => void} onAlive  for any data, even a heartbeat
 * @property {(at: number) => void} onRequest  a poll, a stream request or a handshake is sent
 * @property {(at: number) => void} onRequestEnd
 */
