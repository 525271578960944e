// The options of `connect`, checked and completed.

import * as clock from "./time.js";
import { connectionError } from "./events.js";

/** @type {import("./transports/index.js").Name[]} best first */
const ALL = ["ws", "sse", "longpoll"];

/**
 * @typedef {import("./transports/index.js").Name} Name
 *
 * @typedef {object} Given  as the caller gives them
 * @property {string | Partial<Record<Name, string>>} url  one address, or one for each transport
 * @property {string | string[]} [channel]  one, or up to 64
 * @property {Name[]} [transports]  best first
 * @property {string} [after]  the cursor of an earlier connection, "0" for everything retained;
 *   without it, only new messages
 * @property {string | (() => string | Promise<string>)} [token]  a function is called before each
 *   request
 * @property {number} [openWithin]  ms after which a transport that has not opened gives way to the
 *   next
 * @property {number} [silence]  ms without data after which a connection is dead; more than twice
 *   the heartbeat
 * @property {number} [climbAfter]  ms after which a better transport is tried again; doubles each
 *   time
 * @property {typeof globalThis.fetch} [fetch]
 * @property {import("./transports/index.js").SocketClass} [WebSocket]  for platforms without one
 * @property {() => number} [random]
 *
 * @typedef {object} Options  complete
 * @property {Record<string, string>} bases
 * @property {string[]} channels
 * @property {Name[]} names
 * @property {string} [after]
 * @property {() => Promise<string | undefined>} token
 * @property {boolean} renewsToken  whether another call of `token` may return another one
 * @property {number} openWithin
 * @property {number} silence
 * @property {number} climbAfter
 * @property {import("./transports/index.js").Platform} platform
 */

/** @param {Given} given @returns {Options} @throws {TypeError} */
export function complete(given) {
  const {
    url,
    channel = "main",
    after,
    openWithin = 5_000,
    silence = 45_000,
    climbAfter = 30_000,
  } = given;
  if (!url)
    throw new TypeError(
      "url is missing: expected one address, or an object with one for each transport",
    );
  const { transports: names = ALL.filter((name) => typeof url === "string" || url[name]) } = given;
  if (!names.length) throw new TypeError("transports is empty");
  const bases = Object.fromEntries(names.map((name) => [name, baseOf(url, name)]));
  const renewsToken = typeof given.token === "function";
  const token = tokenSource(given.token);
  return {
    bases,
    channels: [channel].flat().flatMap((names) => names.split(",")),
    names,
    after,
    token,
    renewsToken,
    openWithin,
    silence,
    climbAfter,
    platform: platformOf(given),
  };
}

/** @param {Given["url"]} url @param {Name} name */
function baseOf(url, name) {
  if (!ALL.includes(name))
    throw new TypeError(`unknown transport ${name}: expected ${ALL.join(", ")}`);
  const base = typeof url === "string" ? url : url[name];
  if (base === undefined) throw new TypeError(`url.${name} is missing`);
  return new URL(base, globalThis.location?.href).href.replace(/\/+$/, "");
}

/** @param {Given["token"]} token */
function tokenSource(token) {
  if (typeof token !== "function") return async () => token;
  return async () => {
    try {
      return await token();
    } catch (/** @type {any} */ error) {
      throw connectionError({ detail: `no token: ${error.message}` });
    }
  };
}

/** @param {Given} given @returns {import("./transports/index.js").Platform} */
function platformOf({ fetch, WebSocket = globalThis.WebSocket, random = Math.random }) {
  // The global fetch is looked up at each call, so that a later wrapper applies here too.
  return {
    fetch:
      fetch ??
      ((/** @type {Parameters<typeof globalThis.fetch>} */ ...request) =>
        globalThis.fetch(...request)),
    WebSocket,
    now: clock.now,
    random,
  };
}
