// Waits until a connection is open, and closes one that fails.

/**
 * @param {import("../trilane/connect.js").Connection} connection
 * @param {AbortSignal} signal
 * @returns {Promise<void>} rejects and closes the connection when the signal aborts or the service
 *   refuses
 */
export function opened(connection, signal) {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const on = (target, type, react) =>
      target.addEventListener(type, react, { signal: done.signal });
    const fail = (reason) => {
      done.abort();
      connection.close();
      reject(reason);
    };
    on(connection, "state", ({ detail: { state } }) => {
      if (state !== "open") return;
      done.abort();
      resolve();
    });
    on(connection, "error", ({ detail }) => fail(new Error(detail.detail)));
    on(signal, "abort", () => fail(signal.reason));
    if (signal.aborted) fail(signal.reason);
  });
}
