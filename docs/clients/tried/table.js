// Tries clients that others wrote, unmodified: what each does when its connection is cut, when its
// service is deployed, when it is refused with 503, and when the history has lost messages. Prints
// a table in Markdown. All are tried at once, each behind a proxy of its own.
//
//   node table.js LAB        (a program of `cargo build -p lab`)

import { setTimeout as pause } from "node:timers/promises";
import { Client } from "./client.js";
import { Lab } from "./lab.js";
import { LIBRARIES } from "./libraries.js";
import { Pages } from "./pages.js";

const HISTORY = 8;
const PATIENCE_MS = 120_000;

const BY_ITSELF = "by itself";
const IN_A_LOOP = "in a loop of yours";
const REPEATS = "by itself, from the start";

/** Waits until it is true of all clients. */
async function untilAll(clients, isTrue, what) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const waiting = clients.filter((client) => !isTrue(client));
    if (!waiting.length) return;
    if (Date.now() > end) {
      const names = waiting.map(({ library, received }) => `${library.name} (${received})`);
      throw new Error(`waited too long for ${what}: ${names.join(", ")}`);
    }
    await pause(50);
  }
}

/** Publishes the next number: as it is, and as HTML for those who swap it into a page. */
async function publish(lab, clients) {
  const number = ++clients.published;
  await lab.publish("numbers", { message: number });
  await lab.publish("html", { message: `<b>${number}</b>`, event: "number" });
}

/** Publishes messages, and waits until each client has received exactly the ones that it should. */
async function deliver(lab, clients, count, expected = count) {
  const last = clients.published + count;
  while (clients.published < last) await publish(lab, clients);
  await arrive(clients, expected);
}

async function arrive(clients, count) {
  for (let offset = clients.published - count + 1; offset <= clients.published; offset += 1)
    clients.expected.push(offset);
  const { expected } = clients;
  const isThere = ({ received }) => received.at(-1) === expected.at(-1);
  await untilAll(clients, isThere, `message ${expected.at(-1)}`);
  for (const client of clients) {
    const { library, received } = client;
    if (expected.some((offset) => !received.includes(offset)))
      throw new Error(`${library.name} received ${received} instead of ${expected}`);
    client.repeated = String(received) !== String(expected);
    client.received = [...expected];
  }
}

/** Turns all clients away until each has noticed. */
async function turnAway(clients, mode) {
  for (const { proxy } of clients) Object.assign(proxy, { mode, turnedAway: 0 }).cut();
  await untilAll(clients, ({ proxy }) => proxy.turnedAway > 0, mode);
}

function admit(clients) {
  for (const { proxy } of clients) proxy.mode = "passes";
}

const TRIALS = {
  "After a cut": async (lab, clients) => {
    for (const { proxy } of clients) proxy.cut();
    await deliver(lab, clients, 3);
  },
  "After a drain": async (lab, clients) => {
    for (const service of ["sse", "ws"]) await lab.restart(service);
    await deliver(lab, clients, 3);
  },
  "After 503": async (lab, clients) => {
    await turnAway(clients, "refuses");
    admit(clients);
    await deliver(lab, clients, 3);
  },
};

/** Lets the history lose messages that no client has. Returns who was told. */
async function reset(lab, clients) {
  await turnAway(clients, "closes");
  for (let count = 0; count < 3 * HISTORY; count += 1) await publish(lab, clients);
  admit(clients);
  await arrive(clients, HISTORY);
  return clients.map(({ resets }) => (resets === 1 ? "reported" : "not reported"));
}

async function tried(lab, pages, clients) {
  const starting = clients.map((client) => client.start(lab, pages));
  for (const { reason } of await Promise.allSettled(starting)) if (reason) throw reason;
  await deliver(lab, clients, 3);
  const columns = {};
  for (const [title, trial] of Object.entries(TRIALS)) {
    const before = clients.map(({ ended }) => ended);
    await trial(lab, clients);
    columns[title] = clients.map((client, at) => outcome(client, before[at]));
    console.error(`tried: ${title}`);
  }
  columns["A reset is"] = await reset(lab, clients);
  return columns;
}

/** How a client continued, which had ended this often before. */
function outcome({ ended, repeated }, before) {
  if (ended > before) return IN_A_LOOP;
  return repeated ? REPEATS : BY_ITSELF;
}

function table(columns) {
  const head = ["Client", "Transport", ...Object.keys(columns)];
  const rows = LIBRARIES.map(({ title, transport }, at) => [
    title,
    { sse: "SSE", ws: "WebSocket" }[transport],
    ...Object.values(columns).map((column) => column[at]),
  ]);
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const pages = await new Pages().start();
const lab = await Lab.start(process.argv[2], [
  ...["--drain", "0", "--delay", "0", "--origins", pages.origin, "--history", String(HISTORY)],
]);
const clients = LIBRARIES.map((library) => new Client(library));
Object.assign(clients, { published: 0, expected: [] });
try {
  console.log(table(await tried(lab, pages, clients)));
} finally {
  await Promise.allSettled(clients.map((client) => client.stop()));
  lab.stop();
  pages.stop();
}
