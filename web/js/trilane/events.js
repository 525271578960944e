// The events of a connection, and the errors among them.

import { retryAfter } from "./time.js";

// The events of a connection, with their types: a listener knows what is in `event.detail`.

/**
 * @typedef {import("./options.js").Name} Name
 * @typedef {import("./transports/index.js").Reset} Reset
 *
 * @typedef {"connecting" | "open" | "retrying" | "closed"} State
 * @typedef {import("./transports/index.js").Message & { at: number, transport: Name }} Arrival
 * @typedef {{ state: State, at: number, transport?: Name, trouble?: ConnectionError }} StateChange
 *
 * @typedef {object} Events  by type
 * @property {CustomEvent<Arrival>} message
 * @property {CustomEvent<StateChange>} state
 * @property {CustomEvent<Reset & { transport: Name }>} reset
 * @property {CustomEvent<{ cursor: string, transport: Name }>} end
 * @property {CustomEvent<ConnectionError & { transport: Name, final: boolean }>} error
 * @property {CustomEvent<{ cursor: string }>} cursor
 * @property {CustomEvent<Arrival>} duplicate
 * @property {CustomEvent<{ at: number }>} request
 * @property {CustomEvent<{ at: number }>} requestend
 *
 * @typedef {Parameters<EventTarget["addEventListener"]>[2]} ListenerOptions
 *
 * @typedef {{
 *   addEventListener<K extends keyof Events>(type: K, listener: (event: Events[K]) => void,
 *     options?: ListenerOptions): void,
 *   removeEventListener<K extends keyof Events>(type: K, listener: (event: Events[K]) => void,
 *     options?: ListenerOptions): void,
 * } & EventTarget} Target
 */

export const ConnectionEvents = /** @type {{ new (): Target }} */ (EventTarget);

// Why a connection failed: the service's own problem if there is one, and what follows from it.

/**
 * @typedef {object} ConnectionError  the `trouble` of events and of the connection
 * @property {number} [status]
 * @property {string} [type]  of the service's problem (RFC 9457)
 * @property {string} [detail]
 * @property {number} [retryAfter]  milliseconds that the service asked to wait
 * @property {number} [retryAt]  time of the next attempt
 * @property {boolean} [final]  the request is wrong or forbidden, so another attempt would fail too
 * @property {boolean} [impossible]  this platform cannot use the transport
 * @property {boolean} [late]  it did not open in time
 * @property {boolean} [silent]  it seemed open and was dead
 */

// The next attempt would be refused in the same way. Not 404: a proxy may lack one path while
// another transport works.
const FINAL = [400, 401, 403];

/** Returns an Error with these properties, to be thrown. @param {ConnectionError} facts */
export const connectionError = (facts) => Object.assign(new Error(facts.detail), facts);

/** Reads an error response. @param {Response} response @returns {Promise<ConnectionError>} */
export async function fromResponse(response) {
  // A response without a problem is not from one of our services but, for instance, a proxy's error
  // page.
  const { type, detail } = await response.json().catch(() => ({}));
  const { status } = response;
  return {
    status,
    type,
    detail,
    retryAfter: retryAfter(response),
    final: FINAL.includes(status) && type !== undefined,
  };
}

/**
 * Keeps only the properties above. The platform's own messages differ between browsers and explain
 * nothing.
 * @param {any} thrown
 * @returns {ConnectionError}
 */
export function toConnectionError(thrown) {
  const { status, type, detail, retryAfter, final, impossible, late, silent } = thrown;
  const facts = { status, type, detail, retryAfter, final, impossible, late, silent };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value));
}
