// What a caller may ask for, checked at once and made complete. Knows nobody's service.

import * as clock from "./clock.js";
import { failure } from "./trouble.js";

/** @type {import("./transports/index.js").Name[]} best first */
const ALL = ["ws", "sse", "longpoll"];

/**
 * @typedef {import("./transports/index.js").Name} Name
 *
 * @typedef {object} Given
 * @property {string | Partial<Record<Name, string>>} url  where the service is, or each of the three
 * @property {string} [channel]
 * @property {Name[]} [transports]  best first
 * @property {string} [after]  the last id seen, or "0" for everything retained; without it, from now on
 * @property {string | (() => string | Promise<string>)} [token]  a function is asked before each request
 * @property {number} [openWithin]  ms, after which a transport that has not opened gives way to the next
 * @property {number} [silence]  ms, after which nothing heard means that it is dead; more than twice the services' heartbeat
 * @property {number} [climbAfter]  ms, after which a better transport is tried again; doubles each time
 * @property {typeof globalThis.fetch} [fetch]
 * @property {typeof globalThis.WebSocket} [WebSocket]  for platforms without one
 * @property {() => number} [random]
 *
 * @typedef {object} Options
 * @property {Record<string, string>} bases
 * @property {string} channel
 * @property {Name[]} names
 * @property {string} [after]
 * @property {() => Promise<string | undefined>} token
 * @property {boolean} renews  whether another token may come when it is asked again
 * @property {number} openWithin
 * @property {number} silence
 * @property {number} climbAfter
 * @property {import("./transports/index.js").Platform} platform
 */

/** @param {Given} given @returns {Options} */
export function complete(given) {
  const { url, channel = "main", after, openWithin = 5_000, silence = 45_000, climbAfter = 30_000 } = given;
  if (!url) throw new TypeError("url is missing: expected one address, or an object with one for each transport");
  const { transports: names = ALL.filter((name) => typeof url === "string" || url[name]) } = given;
  if (!names.length) throw new TypeError("transports is empty");
  const bases = Object.fromEntries(names.map((name) => [name, baseOf(url, name)]));
  return { bases, channel, names, after, token: tokenOf(given.token), renews: typeof given.token === "function", openWithin, silence, climbAfter, platform: platformOf(given) };
}

/** @param {Given["url"]} url @param {Name} name */
function baseOf(url, name) {
  if (!ALL.includes(name)) throw new TypeError(`unknown transport ${name}: expected ${ALL.join(", ")}`);
  const base = typeof url === "string" ? url : url[name];
  if (base === undefined) throw new TypeError(`url.${name} is missing`);
  return new URL(base, globalThis.location?.href).href.replace(/\/+$/, "");
}

/** @param {Given["token"]} token */
function tokenOf(token) {
  if (typeof token !== "function") return async () => token;
  return async () => {
    try {
      return await token();
    } catch (/** @type {any} */ error) {
      throw failure({ detail: `no token: ${error.message}` });
    }
  };
}

/** @param {Given} given @returns {import("./transports/index.js").Platform} */
function platformOf({ fetch, WebSocket = globalThis.WebSocket, random = Math.random }) {
  // The global one is looked up at each call: whoever wraps it later means this one too.
  return { fetch: fetch ?? ((...request) => globalThis.fetch(...request)), WebSocket, now: clock.now, random };
}
