// The clients that are tried, with their versions.

import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const npm = JSON.parse(read("package.json")).dependencies;
const pypi = Object.fromEntries(
  `${read("requirements.txt")}${read("sseclient.txt")}`
    .split("\n")
    .map((line) => line.split("==")),
);

const fromNpm = (name, transport) => ({ name, from: "npm", transport, version: npm[name] });
const fromPypi = (name, transport) => ({ name, from: "PyPI", transport, version: pypi[name] });

const inBrowser = (browser, page, title) => ({
  ...{ name: `${page} in ${browser}`, from: "browser", transport: "sse" },
  ...{ browser, page, title },
});

const HTMX = `\`htmx\` ${npm["htmx.org"]} with \`sse\` ${npm["htmx-ext-sse"]} (npm)`;

const all = [
  inBrowser("Chromium", "clients/page.html", "`EventSource` of Chromium"),
  inBrowser("Firefox", "clients/page.html", "`EventSource` of Firefox"),
  { ...inBrowser("Chromium", "clients/htmx.html", HTMX), channel: "html" },
  { name: "curl", from: "Debian", transport: "sse", title: "`curl -N`" },
  fromNpm("eventsource", "sse"),
  fromNpm("eventsource-client", "sse"),
  fromNpm("event-source-polyfill", "sse"),
  fromNpm("@microsoft/fetch-event-source", "sse"),
  fromPypi("httpx-sse", "sse"),
  fromPypi("sseclient", "sse"),
  fromPypi("sseclient-py", "sse"),
  fromNpm("ws", "ws"),
  fromNpm("partysocket", "ws"),
  fromNpm("reconnecting-websocket", "ws"),
  fromPypi("aiohttp", "ws"),
  fromPypi("websockets", "ws"),
  fromPypi("websocket-client", "ws"),
];

export const LIBRARIES = all.map((tried) => ({
  title: `\`${tried.name}\` ${tried.version} (${tried.from})`,
  ...tried,
}));
