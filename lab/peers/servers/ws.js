// A broadcast with ws: POST /publish sends its body to every client of /, and /echo returns each
// text.

import { createServer } from "node:http";
import { WebSocketServer, WebSocket } from "ws";

const http = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const text = Buffer.concat(pieces);
    for (const client of clients.clients)
      if (client.readyState === WebSocket.OPEN) client.send(text, { binary: false });
    response.end();
  });
});
const clients = new WebSocketServer({ noServer: true });
const echoes = new WebSocketServer({ noServer: true });

echoes.on("connection", (socket) => {
  socket.on("message", (text) => socket.send(text, { binary: false }));
});
http.on("upgrade", (request, socket, head) => {
  const server = request.url === "/echo" ? echoes : clients;
  server.handleUpgrade(request, socket, head, (client) => server.emit("connection", client));
});
http.listen(Number(process.env.PORT), "127.0.0.1");
