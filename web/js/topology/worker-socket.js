// A WebSocket that reports which worker of which process serves it: its first frame, the hello,
// says so (docs/protocol.md, `worker=true`).

/** @typedef {{ pid: number, worker: number }} ServingWorker */

/**
 * @param {(worker: ServingWorker) => void} report
 * @param {typeof globalThis.WebSocket} [WebSocket]
 */
export const workerSocket = (report, WebSocket = globalThis.WebSocket) =>
  class extends WebSocket {
    /** @param {string} url with a query */
    constructor(url) {
      super(`${url}&worker=true`);
      this.addEventListener("message", ({ data }) => report(JSON.parse(data).hello), {
        once: true,
      });
    }
  };
