// A broadcast with µWebSockets, which Bun contains: POST /publish publishes its body to a topic,
// and /echo returns each text.

const TOPIC = "bench";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  async fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (pathname === "/publish") {
      server.publish(TOPIC, await request.text());
      return new Response();
    }
    if (server.upgrade(request, { data: { echoes: pathname === "/echo" } })) return undefined;
    return new Response("expected a WebSocket", { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    open(socket) {
      if (!socket.data.echoes) socket.subscribe(TOPIC);
    },
    message(socket, text) {
      if (socket.data.echoes) socket.send(text);
    },
  },
});

console.log(`listening on ${server.url}`);
