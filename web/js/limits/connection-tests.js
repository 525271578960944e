// The connection tests: just enough to show the limit of HTTP/1.1, and more than any browser is
// known to open otherwise.

import { socket, stream } from "./connection-openers.js";

const FEW = 7;
const MANY = 300;

/**
 * @typedef {object} ConnectionTest
 * @property {string} title
 * @property {string} [base]  undefined where there is no such origin
 * @property {number} count
 * @property {import("./connection-set.js").Open} open
 * @property {boolean} [stays]  whether they stay open until they are closed one by one; otherwise
 *   they are closed once counted
 * @property {boolean} [silent]  whether no list of requests shows the protocol
 */

/**
 * @param {import("../page/endpoints.js").Endpoints} endpoints
 * @returns {Record<string, ConnectionTest>}
 */
export const connectionTests = ({ shared, services, tls }) => ({
  open: {
    title: `${FEW} event streams`,
    base: shared ?? services.sse,
    count: FEW,
    open: stream,
    stays: true,
  },
  tls: { title: `${FEW} event streams, TLS`, base: tls, count: FEW, open: stream, stays: true },
  "tls-many": { title: `${MANY} event streams, TLS`, base: tls, count: MANY, open: stream },
  // At the service itself: over a slow link they would take minutes, since a browser opens them one
  // after the other.
  sockets: {
    title: `${MANY} WebSockets`,
    base: services.ws,
    count: MANY,
    open: socket,
    silent: true,
  },
});
