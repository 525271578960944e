// The clients of the matrix: the code most people write first, as in the original examples, and one
// that uses this repository's client. The page shows the source of these functions as it runs. It
// passes them the browser's `fetch`, `EventSource` and `WebSocket`, wrapped only to observe them.
// This file imports nothing, and scripts/pack copies it unchanged.

/**
 * No cursor: a message that is published between two polls may be lost. No catch: the first error
 * ends the loop.
 * @type {Naive}
 */
function longpoll({ fetch }, url, show) {
  function poll() {
    fetch(`${url}/poll`)
      .then((response) => response.json())
      .then((data) => {
        show(data.message);
        poll();
      });
  }
  poll();
}

/**
 * The browser reconnects by itself, but the events have no ids, so it cannot resume.
 * @type {Naive}
 */
function sse({ EventSource }, url, show) {
  const events = new EventSource(`${url}/events`);
  events.onmessage = (event) => show(JSON.parse(event.data).message);
}

/** Never reconnects. @type {Naive} */
function ws({ WebSocket }, url, show) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws?channel=main`);
  socket.onmessage = (event) => show(JSON.parse(event.data).message);
}

/**
 * @typedef {{ fetch: (url: string) => Promise<{ json(): Promise<any> }>, EventSource: new (url:
 *   string) => EventSource, WebSocket: new (url: string) => WebSocket }} Platform
 * @typedef {(platform: Platform, url: string, show: (message: any) => void) => void} Naive
 * @type {Record<string, Naive>}
 */
export const naive = { longpoll, sse, ws };

/**
 * Uses one transport. Messages are frequent here, so three seconds of silence mean a dead
 * connection.
 * @param {{ connect: typeof import("../trilane.js").connect }} client
 * @param {import("../trilane/options.js").Name} transport
 * @param {string} url
 * @param {(message: any) => void} show
 */
export function robust({ connect }, transport, url, show) {
  const connection = connect({ url, transports: [transport], silence: 3_000, openWithin: 3_000 });
  connection.addEventListener("message", ({ detail }) => show(detail.message));
  return connection;
}
