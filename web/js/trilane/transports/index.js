// The menu of transports and the one shape they have. A transport makes one attempt: it carries messages from a cursor
// on until it fails, and says why. Whether to try again, when, with which transport and from where is not its business.

import { longpoll } from "./longpoll.js";
import { sse } from "./sse.js";
import { ws } from "./ws.js";

/** @type {Record<Name, (attempt: Attempt, platform: Platform) => Promise<void>>} */
export const transports = { longpoll, sse, ws };

/**
 * Who watches for silence: where heartbeats can be seen, it means death; where they cannot, the service is asked; a poll has
 * a limit of its own.
 * @type {Record<Name, "fatal" | "asked" | "own">}
 */
export const silences = { longpoll: "own", sse: "fatal", ws: "asked" };

/**
 * @typedef {"longpoll" | "sse" | "ws"} Name
 * @typedef {{ id: string, channel: string, message: any, time: number }} Message
 * @typedef {{ after: string, oldest: string, cursor: string }} Reset
 * @typedef {{ cursor?: string, reset?: boolean, publish?: Publish }} Opened  where it begins, and whether a reset follows
 * @typedef {(message: unknown, key?: string) => Promise<any>} Publish  over the connection itself
 * @typedef {{ fetch: typeof globalThis.fetch, WebSocket?: typeof globalThis.WebSocket, now: () => number, random: () => number }} Platform
 *
 * @typedef {object} Attempt
 * @property {string} base  the service, without a slash at the end
 * @property {string} channel
 * @property {string} [after]  the last id the caller holds; without it, from now on
 * @property {string} [token]
 * @property {number} silence  ms, after which nothing heard means that it is dead
 * @property {AbortSignal} signal  ends the attempt; what is reported afterwards is not heard
 * @property {(at: number, opened: Opened) => void} onOpen
 * @property {(message: Message, at: number) => void} onMessage  `at` is read before the message is even parsed
 * @property {(reset: Reset) => void} onReset
 * @property {() => void} onAlive  something came, were it only a heartbeat
 * @property {(at: number) => void} onRequest  a poll, a stream opening or a handshake leaves
 * @property {(at: number) => void} onRequestEnd
 */
