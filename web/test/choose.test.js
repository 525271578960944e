// The choice of a transport for given needs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { answerOf as answerBy, decide as decideBy, decides, planFor } from "../js/choose/decide.js";
import { costsOf, p50At, pollsPerSecond } from "../js/choose/cost.js";
import { FIRST, PRESETS, readNeeds, writeNeeds } from "../js/choose/needs.js";
import { environment, repetition, scenario, times } from "./result-fixtures.js";
import { present } from "./present.js";

/** Costs of one machine: the recorded ones change with each published result. */
const COSTS = {
  from: "2026-11-22, Fast, One, 2 cores",
  memory: { longpoll: 842, sse: 645, ws: 750 },
  kernel: { longpoll: 7_020, sse: 7_080, ws: 7_030 },
  perCpu: { longpoll: 244_000, sse: 360_000, ws: 360_000 },
  upstream: { longpoll: 540, sse: 540, ws: 388 },
  wakeups: { longpoll: 2.4, sse: 4, ws: 4 },
  p50: {
    longpoll: [51.7, 52.5, 118, 97.8, 101],
    sse: [51.2, 51.2, 50.9, 51.2, 50.9],
    ws: [50.4, 51.7, 51.5, 51.5, 51.7],
  },
};
const decide = (needs, lanes, costs = COSTS) => decideBy(needs, lanes, costs);
const answerOf = (decision, needs) => answerBy(decision, needs, COSTS);

const measured = (latencies) =>
  Object.fromEntries(
    Object.entries(latencies).map(([name, values]) => [
      name,
      { scenario, repetitions: [repetition(values)] },
    ]),
  );

const rowOf = ({ reasons }, title) => reasons.find((reason) => reason.title === title);
const gradesOf = ({ of }) => ["longpoll", "sse", "ws"].map((name) => of[name].grade);

test("the common cases lead to the expected transports", () => {
  const best = Object.fromEntries(
    Object.entries(PRESETS).map(([name, needs]) => [name, decide(needs).best]),
  );
  assert.deepEqual(decide(PRESETS.chat).equal, ["sse"]);
  assert.deepEqual(best, {
    notification: "sse",
    ticker: "sse",
    chat: "ws",
    tokens: "sse",
    game: "ws",
  });
});

test("a measurement above the target decides against a transport", () => {
  const needs = PRESETS.ticker;
  const slow = decide(
    needs,
    measured({ longpoll: times(20, 900), sse: times(20, 900), ws: times(20, 51) }),
  );
  assert.equal(slow.best, "ws");
  const { of, measured: isMeasured } = rowOf(slow, "Median within 250 ms");
  assert.deepEqual(gradesOf({ of }), ["fails", "fails", "fits"]);
  assert.ok(isMeasured);
});

test("too few samples decide nothing and are shown as such", () => {
  const few = decide(
    PRESETS.ticker,
    measured({ longpoll: times(20, 100), sse: times(5, 9_000), ws: [] }),
  );
  assert.deepEqual(
    [rowOf(few, "Median within 250 ms").of.sse, few.best],
    [{ grade: "fits", why: "only 5 messages" }, "sse"],
  );
  assert.ok(!decide(FIRST, measured({ sse: [1] })).reasons.some(({ measured }) => measured));
});

test("needs survive a round trip through the address", () => {
  for (const needs of Object.values(PRESETS))
    assert.deepEqual(decide(readNeeds(writeNeeds(needs))).best, decide(needs).best);
  const needs = PRESETS.game;
  assert.deepEqual(readNeeds(writeNeeds(needs)), needs);
});

test("invalid needs in an address are replaced by defaults", () => {
  assert.deepEqual(readNeeds(null), FIRST);
  assert.deepEqual(readNeeds("sideways_x_1e99_0_mine_none_"), {
    ...FIRST,
    size: 32_768,
    clients: 1,
    proxies: "mine",
  });
});

const plain = (html) => html.replace(/<[^>]*>/g, "").replace(/\s+/g, " ");
const section = (text, heading) => text.split(heading)[1].split("\n## ")[0];

/** Each clause of the short answer, with needs that it describes. */
const CLAUSES = [
  { when: "messages only go to clients", needs: PRESETS.notification, best: "sse" },
  { when: "clients also send often", needs: PRESETS.chat, best: "ws" },
  {
    when: "nothing else gets through",
    needs: { ...PRESETS.notification, proxies: "http" },
    best: "longpoll",
  },
];

test("the page, its first question and README give the answers of the decision", () => {
  const page = readFileSync(new URL("../index.html", import.meta.url), "utf8");
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const lead = plain(present(page.match(/<p>In short: (.*?)<span>/s))[1]);
  const question = plain(present(page.match(/id="question-which">.*?<p>(.*?)<\/p>/s))[1]);
  const names = {
    sse: /SSE|event stream|Server-Sent Events/i,
    ws: /WebSocket/i,
    longpoll: /long polling/i,
  };
  for (const { when, needs, best } of CLAUSES) {
    assert.equal(decide(needs).best, best, when);
    for (const parts of [
      lead.split(", "),
      question.split(". "),
      section(readme, "## Which one?").split("\n- "),
    ]) {
      const clause = parts.map((part) => part.split(". ")[0]).find((part) => part.includes(when));
      assert.match(clause ?? "", names[best], when);
      for (const other of Object.keys(names).filter((name) => name !== best))
        assert.doesNotMatch(clause, names[other], when);
    }
  }
});

test("README and a question have the capacity of the decision", () => {
  const needs = { ...FIRST, clients: 50_000 };
  const [, capacity] = answerBy(decideBy(needs), needs).split("all. ");
  for (const path of ["../index.html", "../../README.md"]) {
    const text = plain(readFileSync(new URL(path, import.meta.url), "utf8"));
    assert.ok(text.includes(capacity), `${path}: ${capacity}`);
    assert.match(text, /None of the three reaches a closed tab: that takes Web Push/);
  }
});

test("polls count messages and empty responses", () => {
  // 40 clients with one message a minute sent 2.0 polls per second.
  assert.equal(40 * pollsPerSecond(1 / 60), 2);
  // At least one for each wait, and one for each message.
  assert.deepEqual([1 / 3_600, 1 / 25, 2].map(pollsPerSecond), [144 / 3_600, 1 / 25, 2]);
  const decision = decide({ ...FIRST, clients: 50_000 });
  assert.deepEqual(rowOf(decision, "Requests at the server").of.longpoll, {
    grade: "costs",
    why: "up to 2,500 polls per second",
  });
});

test("idle polls cost headers, idle streams some bytes", () => {
  const row = rowOf(decide(FIRST), "Idle connections");
  assert.deepEqual(gradesOf(row), ["costs", "fits", "fits"]);
  assert.match(row.of.longpoll.why, /890 B every 25 s, 360 kB\/s in all; 2\.4 wake-ups a minute/);
});

test("capacity: memory with the kernel's share, CPU of a broadcast, and a deployment", () => {
  const decision = decide({ ...FIRST, clients: 50_000 });
  const why = (title) => rowOf(decision, title).of.sse.why;
  assert.equal(
    why("Memory, with the kernel’s for both ends"),
    "32 MB, and up to 350 MB in the kernel",
  );
  assert.equal(why("CPU of a message to all"), "140 ms; 0.0023 cores at this rate");
  assert.equal(why("A deployment"), "50,000 reconnects within 5 s");
  const much = decide({ ...PRESETS.ticker, clients: 1_000_000 });
  for (const title of ["Memory, with the kernel’s for both ends", "A deployment"])
    assert.deepEqual(gradesOf(rowOf(much, title)), ["costs", "costs", "costs"]);
  assert.deepEqual(gradesOf(rowOf(much, "CPU of a message to all")), ["costs", "fits", "fits"]);
});

test("a result of this machine replaces the recorded costs it has", () => {
  const series = [idleOf("sse", 2_000), idleOf("longpoll", 1), idleOf("ws", 1)];
  const own = costsOf({ series, environment });
  assert.deepEqual(Object.keys(own), ["from", "memory"]);
  const row = rowOf(
    decide(FIRST, undefined, { ...COSTS, ...own }),
    "Memory, with the kernel’s for both ends",
  );
  assert.match(row.of.sse.why, /^20 MB, and up to 71 MB/);
  assert.match(present(own.from), /^2026-11-22, Fast, One, 2 cores$/);
});

const idleOf = (transport, value) => ({
  scenario: { ...scenario, experiment: "idle", transport },
  repetitions: [],
  figures: [{ name: "memory", unit: "B/connection", estimate: { value } }],
});

test("over HTTP/1.1 the tabs of a browser count, and a closed tab needs Web Push", () => {
  const h1 = decide({ ...FIRST, http: "h1" });
  assert.deepEqual(gradesOf(rowOf(h1, "Several tabs of one browser")), ["costs", "costs", "fits"]);
  const needs = { ...FIRST, closed: "yes" };
  const decision = decide(needs);
  assert.equal(decision.best, "sse");
  assert.deepEqual(gradesOf(rowOf(decision, "A closed tab")), ["fails", "fails", "fails"]);
  assert.match(answerOf(decision, needs), /^None of the three reaches a closed tab, .*Web Push/);
});

test("the answer is two sentences, and the rows shown are those that decide", () => {
  const needs = { ...FIRST, clients: 50_000 };
  const decision = decide(needs);
  assert.equal(
    answerOf(decision, needs),
    "Server-Sent Events: messages only go to clients, and one open response carries them all. " +
      "50,000 open streams need 32 MB of memory in the service and up to 350 MB in the kernel, " +
      "and 140 ms of CPU time for a message to all of them; long polling would send up to 2,500 " +
      "requests per second and 1.8 MB/s of headers while idle.",
  );
  assert.deepEqual(
    decision.reasons.filter(decides).map(({ title }) => title),
    ["Requests at the server", "Network path", "Idle connections", "No message lost"],
  );
  const failing = { ...PRESETS.game, target: 1 };
  assert.match(
    answerOf(decide(failing), failing),
    /^WebSocket, but none of the three meets every requirement: median within 1 ms\. 100 open/,
  );
});

test("without a measurement, the recorded latency at the next lower rate is judged", () => {
  const { of, measured: isMeasured } = rowOf(decide(PRESETS.game), "Median within 100 ms");
  assert.deepEqual(gradesOf({ of }), ["fails", "fits", "fits"]);
  assert.ok(!isMeasured);
  assert.match(of.longpoll.why, /^101\.0 ms, recorded over 50 ms each way$/);
  assert.deepEqual(
    [0.1, 7, 200].map((perSecond) => p50At(COSTS, "longpoll", perSecond)),
    [0, 1, 4].map((index) => COSTS.p50.longpoll[index]),
  );
});

test("a rare message is measured at two per second, long enough for a median", () => {
  for (const [rate, size, expected] of /** @type {[number, number, object][]} */ ([
    [1 / 60, 200, { settings: { rate: 2, size: 200 }, seconds: 13, duration: 16 }],
    [50, 100, { settings: { rate: 50, size: 100 }, seconds: 12, duration: 15 }],
  ]))
    assert.deepEqual(planFor({ rate, size }), expected);
});
