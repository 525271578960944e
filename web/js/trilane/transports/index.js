// The menu of transports and the one shape they have. A transport moves messages and reports what happens to it; it keeps
// no counts, shows nothing, and is silent once its signal has aborted.

import { longpoll } from "./longpoll.js";
import { sse } from "./sse.js";
import { ws } from "./ws.js";

export const transports = { longpoll, sse, ws };

/**
 * @typedef {keyof typeof transports} Name
 * @typedef {{ id: string, channel: string, message: any, time: number }} Message
 * @typedef {{ after?: string, oldest?: string }} Reset
 * @typedef {{ status?: number, detail?: string, retryAt?: number }} Trouble
 *   what is known about a failure; without `retryAt` the browser decides when to try again
 *
 * @typedef {object} Subscription
 * @property {string} base  the service, without a slash at the end
 * @property {string} channel
 * @property {string} [after]  the last id the caller holds; without it, from now on
 * @property {AbortSignal} signal
 * @property {(message: Message, at: number) => void} onMessage  `at` is read before the message is even parsed
 * @property {(cursor: string) => void} onCursor  where the service says this reader begins
 * @property {(reset: Reset) => void} onReset
 * @property {(state: "open" | "retrying", at: number, trouble?: Trouble) => void} onState
 * @property {(at: number) => void} onRequest  a poll, a stream opening or a handshake leaves
 * @property {(at: number) => void} onRequestEnd
 */
