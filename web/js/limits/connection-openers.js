// The two kinds of persistent connection: an event stream, whose response does not end, and a
// WebSocket.

const CHANNEL = "limits";

/**
 * Opens an event stream with fetch, which unlike EventSource reveals when it waits and when it
 * fails.
 * @type {import("./connection-set.js").Open}
 */
export async function stream(base, n, signal) {
  // A number in the address, because some browsers serialise equal requests.
  const response = await fetch(`${base}/events?channel=${CHANNEL}&n=${n}`, {
    signal,
    cache: "no-store",
  });
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
    // Without effect on one that was open.
    ended.then(reject);
  });
}
