// The two kinds of connection that stay: an event stream, which is a request whose answer does not end, and a WebSocket.

const CHANNEL = "limits";

/** An event stream, read by fetch: unlike an EventSource it says when it waits and when it fails. @type {import("./connection-set.js").Open} */
export async function stream(base, n, signal) {
  // A number in the address: some browsers let equal requests wait for one another.
  const response = await fetch(`${base}/events?channel=${CHANNEL}&n=${n}`, { signal, cache: "no-store" });
  return { ended: drain(response) };
}

/** @param {Response} response */
async function drain({ body }) {
  const reader = body?.getReader();
  while (reader && !(await reader.read()).done);
}

/** @type {import("./connection-set.js").Open} */
export function socket(base, n, signal) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace(/^http/, "ws")}/ws?channel=${CHANNEL}&n=${n}`);
    const ended = new Promise((end) => socket.addEventListener("close", end));
    signal.addEventListener("abort", () => socket.close());
    socket.addEventListener("open", () => resolve({ ended }));
    // Too late to matter for one that was open.
    ended.then(reject);
  });
}
