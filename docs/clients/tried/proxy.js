// A proxy for TCP in front of a service, which can cut its connections, and refuse new ones.

import { once } from "node:events";
import { connect, createServer } from "node:net";

const REFUSAL = JSON.stringify({ type: "/problems/broker-unavailable", status: 503 });
const RESPONSE =
  "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n" +
  `content-type: application/problem+json\r\ncontent-length: ${REFUSAL.length}\r\n` +
  `connection: close\r\n\r\n${REFUSAL}`;

export class Proxy {
  /** @type {"passes" | "refuses" | "closes"} */
  mode = "passes";
  /** Connections that were refused or closed. */
  turnedAway = 0;
  #sockets = new Set();
  #server = createServer((socket) => this.#accept(socket));

  /** @param {string} url of the service */
  constructor(url) {
    this.upstream = new URL(url);
  }

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  /** Ends every connection, without a close frame or the end of a response. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  stop() {
    this.cut();
    this.#server.close();
  }

  #accept(socket) {
    this.#keep(socket);
    if (this.mode === "passes") return this.#pass(socket);
    // Only a request counts: browsers open connections in advance.
    socket.once("data", () => {
      this.turnedAway += 1;
      if (this.mode === "refuses") socket.end(RESPONSE);
      else socket.destroy();
    });
  }

  #pass(socket) {
    const upstream = this.#keep(connect(Number(this.upstream.port), this.upstream.hostname));
    socket.pipe(upstream).pipe(socket);
    socket.once("close", () => upstream.destroy());
    upstream.once("close", () => socket.end());
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  }
}
