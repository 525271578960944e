// The client of this repository, held to one transport. It is told that messages come often, so that it need not wait long
// before silence is suspicious.

import { connect } from "../trilane.js";

export function robust({ connect }, transport, url, show) {
  const connection = connect({ url, transports: [transport], silence: 3_000, openWithin: 3_000 });
  connection.addEventListener("message", ({ detail }) => show(detail.message));
  return connection;
}

/**
 * @param {string} transport
 * @param {string} url
 * @param {import("./watched.js").Hear} hear
 * @returns {() => void} ends it
 */
export function runRobust(transport, url, hear) {
  const connection = robust({ connect }, transport, url, hear.message);
  connection.addEventListener("state", (/** @type {any} */ { detail: { state } }) => {
    if (state === "retrying") hear.trouble(false);
  });
  return () => connection.close();
}
