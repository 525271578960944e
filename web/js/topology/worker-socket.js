// A WebSocket that reports which worker of which process serves it: its first frame, the hello, says so
// (docs/protocol.md, `worker=true`).

/** @typedef {{ pid: number, worker: number }} Place */

/** @param {(place: Place) => void} tell @param {typeof globalThis.WebSocket} [WebSocket] */
export const workerSocket = (tell, WebSocket = globalThis.WebSocket) =>
  class extends WebSocket {
    /** @param {string} url with a query */
    constructor(url) {
      super(`${url}&worker=true`);
      this.addEventListener("message", ({ data }) => tell(JSON.parse(data).hello), { once: true });
    }
  };
