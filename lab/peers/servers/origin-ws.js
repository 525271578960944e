// The third of the three examples, written anew: a WebSocket that greets, and answers each text.
// Nothing reaches other clients.

import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT) });

server.on("connection", (socket) => {
  socket.on("message", (text) => socket.send(`Hello, you sent -> ${text}`));
  socket.send("Welcome to the WebSocket server!");
});
