// A running lab, on free ports.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const LISTENERS = ["longpoll", "sse", "ws", "page", "gate"];
const NAMES = { "long polling": "longpoll", SSE: "sse", WebSocket: "ws", page: "page" };

export class Lab {
  /** @type {Record<string, string>} by service */
  urls = {};

  /** @param {string} program @param {string[]} flags */
  static async start(program, flags) {
    const lab = new Lab();
    const ports = LISTENERS.flatMap((name) => [`--${name}-port`, "0"]);
    const stdio = ["pipe", "pipe", "inherit"];
    lab.process = spawn(program, ["up", ...ports, ...flags], { stdio });
    for await (const line of createInterface({ input: lab.process.stdout })) {
      const [, name, url] = /^ {2}(\S.*?) +(http:\S+)$/.exec(line) ?? [];
      if (name in NAMES) lab.urls[NAMES[name]] = url;
      if (line.startsWith("Press Ctrl-C")) break;
    }
    return lab;
  }

  /** Publishes through the service that no client here uses. */
  async publish(channel, publication) {
    const response = await fetch(`${this.urls.longpoll}/messages?channel=${channel}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(publication),
    });
    if (!response.ok) throw new Error(`publish: ${response.status}`);
  }

  /** Deploys a service: it drains, and another one takes its place. */
  async restart(service) {
    const url = `${this.urls.page}/services/${service}/restart`;
    const response = await fetch(url, { method: "POST" });
    if (!response.ok) throw new Error(`restart of ${service}: ${response.status}`);
  }

  stop() {
    this.process.kill();
  }
}
