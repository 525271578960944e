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
 * @typedef {{ id: string, channel: string, event?: string, message: any, time: number, end?: true
 *   }} Message
 * @typedef {{ channel?: string, after: string, oldest: string, cursor: string }} Reset  of one of
 *   several channels it has its name
 * @typedef {{ cursor?: string, reset?: boolean, publish?: Publish, request?: Request }} Opened
 *   where it starts, and whether a reset follows
 * @typedef {{ message?: unknown, event?: string, end?: boolean, channel?: string }} Content  what
 *   is published
 * @typedef {(content: Content, key?: string) => Promise<any>} Publish  over the connection itself
 * @typedef {(request: object) => Promise<any>} Request  changes the channels of the connection
 * @typedef {{ onmessage: any, onerror: any, onclose: any, send(data: string): void, close(): void
 *   }} Socket
 * @typedef {{ new (url: string): Socket }} SocketClass  a WebSocket as far as it is used here
 * @typedef {{ fetch: typeof globalThis.fetch, WebSocket?: SocketClass, now: () => number, random:
 *   () => number }} Platform
 *
 * @typedef {Wanted & Callbacks} Subscription
 * @typedef {object} Wanted  of the service
 * @property {string} base  address of the service, without a slash at the end
 * @property {string} channel  one, or several with commas
 * @property {string} [after]  the last id that the caller has; without it, only new messages
 * @property {string} [token]
 * @property {number} silence  ms without data after which the connection is dead
 * @property {AbortSignal} signal  ends the attempt
 *
 * @typedef {object} Callbacks
 * @property {(at: number, opened: Opened) => void} onOpen
 * @property {(message: Message, at: number) => void} onMessage  `at` is read before the message is
 *   parsed
 * @property {(reset: Reset) => void} onReset
 * @property {(cursor: string) => void} onCursor  where the channels without a cursor are
 * @property {(cursor: string) => void} onEnd  all channels have ended at this cursor; comes last
 * @property {() => void} onAlive  for any data, even a heartbeat
 * @property {(at: number) => void} onRequest  a poll, a stream request or a handshake is sent
 * @property {(at: number) => void} onRequestEnd
 */
