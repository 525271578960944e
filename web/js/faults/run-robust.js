// Runs the robust client of the matrix and reports what it notices.

import { connect } from "../trilane.js";
import { robust } from "./clients.js";

/**
 * @param {string} transport
 * @param {string} url
 * @param {import("./run-naive.js").Callbacks} callbacks
 * @returns {() => void} ends it
 */
export function runRobust(transport, url, callbacks) {
  const connection = robust({ connect }, transport, url, callbacks.message);
  connection.addEventListener("state", (/** @type {any} */ { detail: { state } }) => {
    if (state === "retrying") callbacks.trouble(false);
  });
  return () => connection.close();
}
