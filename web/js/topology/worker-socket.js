// A WebSocket that knows where it is: its first frame, the hello, says which worker of which process has it (README,
// `worker=true`). Where a connection lives is what the service says of it, and no guess.

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
