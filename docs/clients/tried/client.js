// A client under test, behind a proxy of its own, and what it has reported.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openPage } from "./browser.js";
import { Proxy } from "./proxy.js";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Programs that run libraries, by registry. */
const PROGRAMS = {
  npm: ["node", path("clients/node.js")],
  PyPI: [path("venv/bin/python"), path("clients/python.py")],
  Debian: ["node", path("clients/node.js")],
};

export class Client {
  /** The offsets of the messages, in order. */
  received = [];
  /** How often the library gave up, and how many resets it reported. */
  ended = 0;
  resets = 0;
  /** Whether messages arrived again since the last trial. */
  repeated = false;

  /**
   * @param {{ name: string, from: string, transport: "sse" | "ws", browser?: string, page?: string,
   *   channel?: string }} tried
   */
  constructor(tried) {
    this.tried = tried;
  }

  /**
   * @param {import("./lab.js").Lab} lab
   * @param {import("./pages.js").Pages} pages
   */
  async start(lab, pages) {
    const { name, from, transport, channel = "numbers" } = this.tried;
    this.proxy = await new Proxy(lab.urls[transport]).start();
    const { url } = this.proxy;
    if (from === "browser") {
      const { page, browser } = this.tried;
      const read = (line) => this.#read(line);
      const address = pages.address(page, name, { url, channel }, read);
      this.close = await openPage(browser, address);
      return;
    }
    const [program, script] = PROGRAMS[from];
    const child = spawn(program, [script, name, url, channel], {
      stdio: ["ignore", "pipe", process.env.VERBOSE ? "inherit" : "ignore"],
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.#read(line));
    this.close = () => child.kill("SIGKILL");
  }

  async stop() {
    await this.close?.();
    this.proxy?.stop();
  }

  #read(line) {
    const [word, id] = line.split(" ");
    if (word === "received") this.received.push(Number(id.split("-")[1]));
    if (word === "ended") this.ended += 1;
    if (word === "reset") this.resets += 1;
  }
}
