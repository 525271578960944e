// Waits until a connection is open.

/**
 * @param {import("../trilane/connect.js").Connection} connection
 * @param {AbortSignal} signal
 * @returns {Promise<void>} rejected when the signal aborts, or the service refuses
 */
export function opened(connection, signal) {
  return new Promise((resolve, reject) => {
    connection.addEventListener("state", (/** @type {any} */ { detail: { state } }) => state === "open" && resolve());
    connection.addEventListener("error", (/** @type {any} */ { detail }) => reject(new Error(detail.detail)));
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
