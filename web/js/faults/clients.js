// The clients of the matrix: the few lines that people write first, as the founding documents show them, and one that uses
// this repository's client. They run as they are shown: the page reads their source from these functions, gives them the
// browser's own `fetch`, `EventSource` and `WebSocket`, and only watches. This file imports nothing, and scripts/pack
// leaves it as it is.

/** No cursor: what is published while nobody asks depends on the server. No catch: the first error is the last request. */
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

/** The browser comes back by itself, but the events have no ids: nobody knows from where to go on. */
function sse({ EventSource }, url, show) {
  const events = new EventSource(`${url}/events`);
  events.onmessage = (event) => show(JSON.parse(event.data).message);
}

/** Nobody comes back. */
function ws({ WebSocket }, url, show) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws?channel=main`);
  socket.onmessage = (event) => show(JSON.parse(event.data).message);
}

export const naive = { longpoll, sse, ws };

/** Held to one transport. It is told that messages come often, so that three seconds of silence mean that it is dead. */
export function robust({ connect }, transport, url, show) {
  const connection = connect({ url, transports: [transport], silence: 3_000, openWithin: 3_000 });
  connection.addEventListener("message", ({ detail }) => show(detail.message));
  return connection;
}
