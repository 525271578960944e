// The browser features that the three transports need.

export async function run({ platform = globalThis } = {}) {
  const has = (name) => typeof platform[name] === "function";
  const facts = {
    longpoll: has("fetch"),
    sse: has("EventSource"),
    ws: has("WebSocket"),
    webTransport: has("WebTransport"),
  };
  return { facts };
}
