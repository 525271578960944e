// A broadcast with Socket.IO: POST /publish emits its body to every client, and the event `echo`
// returns to its sender.

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    io.emit("message", JSON.parse(body).message);
    response.end();
  });
});
const io = new Server(http, { transports: ["websocket"], serveClient: false });

// As its guide advises for memory: forget the request of the handshake.
io.engine.on("connection", (socket) => {
  socket.request = null;
});
io.on("connection", (socket) => {
  socket.on("echo", (text) => socket.emit("echo", text));
});
http.listen(Number(process.env.PORT), "127.0.0.1");
