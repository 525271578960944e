// Serves the pages that browsers open, and receives what they report.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const FILES = new URL("./", import.meta.url);
const TYPES = { html: "text/html", js: "text/javascript" };

export class Pages {
  /** @type {Map<string, (line: string) => void>} by the client's name */
  #listeners = new Map();
  #server = createServer((request, response) => this.#respond(request, response));

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  /** Returns the address of a page that reports to this listener. */
  address(page, client, query, listener) {
    this.#listeners.set(client, listener);
    return `${this.origin}/${page}?${new URLSearchParams({ ...query, client })}`;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #respond(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.origin);
    if (request.method === "POST") {
      this.#listeners.get(searchParams.get("client"))?.(String(await request.toArray()));
      return response.end();
    }
    const type = TYPES[pathname.split(".").at(-1)];
    if (!type) return response.writeHead(404).end();
    response.setHeader("content-type", type);
    response.end(readFileSync(new URL(`.${pathname}`, FILES)));
  }
}
