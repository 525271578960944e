// The replay of a recording in the lanes, and the origin of its results.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { browserOf, describeSetup } from "../js/results/setup.js";
import { findingFor, inWords } from "../js/claims/findings.js";
import { ExperimentRunner } from "../js/experiments/experiment-runner.js";
import { TapePlayer, replay } from "../js/recording/replay.js";
import { Store } from "../js/page/store.js";
import { until } from "./virtual-clock.js";
import { environment, repetition, scenario, times } from "./result-fixtures.js";

const SERVICES = { longpoll: "http://lp", sse: "http://sse", ws: "http://ws" };

function page() {
  const settings = { channel: "main", rate: 1, size: 100, through: "auto" };
  const store = new Store({
    endpoints: { lanes: SERVICES, services: SERVICES },
    settings,
    page: "me",
  });
  const left = [];
  const connections = new Map(
    store.lanes.map(({ name }) => [name, { disconnect: () => left.push(name) }]),
  );
  const at = {
    store,
    connections,
    endpoints: {},
    link: () => ({ delay: 0, jitter: 0, bandwidth: null }),
  };
  return { ...at, left, runner: new ExperimentRunner(at) };
}

const RECORDED = JSON.parse(readFileSync(new URL("../recorded.json", import.meta.url), "utf8"));
const TAPE = [
  [5, "message", 1],
  [6, "end"],
  [7, "request"],
  [8, "wire", 300],
  [9, "message", 4],
];
const CONDITIONS = {
  rate: 5,
  size: 64,
  link: { delay_ms: 50, jitter_ms: 3, bytes_per_second: 2_000 },
};

test("a tape is played at its pace, in a loop", async (t) => {
  const ending = new AbortController();
  t.after(() => ending.abort());
  const at = page();
  const result = {
    at: Date.parse("2026-11-22T14:30:00Z"),
    lanes: { sse: { scenario, repetitions: [repetition(times(30, 51))] } },
  };
  const place = { environment, warnings: [] };
  replay(
    at,
    {
      place,
      results: { frequent: result },
      conditions: CONDITIONS,
      length: 20,
      lanes: { longpoll: TAPE, sse: [], ws: [] },
    },
    ending.signal,
  );
  assert.deepEqual(
    [at.left.length, at.store.lanes.map(({ state }) => state)],
    [3, ["recorded", "recorded", "recorded"]],
  );
  assert.equal(at.runner.place, place);
  const lane = at.store.lane("longpoll");
  await until(() => lane.sequence.count >= 4);
  at.store.pause(true);
  assert.deepEqual(
    [lane.sequence.missing, lane.sequence.duplicates, lane.sequence.inOrder],
    [0, 0, true],
  );
  const latencies = lane.entries.map(({ ms }) => Math.round(ms));
  assert.deepEqual(latencies.slice(-4), [5, 4, 5, 4]);
  assert.ok(lane.requests >= 3);
  assert.equal(lane.wireBytes % 300, 0);
  // From this request to the end that the tape has at its start.
  assert.ok(lane.trace.requests.get(1, "end") - lane.trace.requests.get(1, "start") > 15);
  const finding = findingFor("use-sse", "frequent", { results: at.runner.results, sinceStart: {} });
  assert.match(inWords(finding, Date.parse("2027-01-01")), /n = 30; recorded on 2026-11-22$/);
});

test("during a replay the recording's settings apply and nothing is measured", async (t) => {
  const ending = new AbortController();
  t.after(() => ending.abort());
  const at = page();
  replay(
    at,
    {
      place: { environment, warnings: [] },
      results: {},
      conditions: CONDITIONS,
      length: 20,
      lanes: {},
    },
    ending.signal,
  );
  at.store.set({ rate: 100, link: { delay: 0, jitter: 0, bandwidth: null }, channel: "other" });
  const { rate, size, link, channel } = at.store.settings;
  assert.deepEqual(
    [rate, size, link, channel],
    [5, 64, { delay: 50, jitter: 3, bandwidth: 16_000 }, "other"],
  );
  await at.runner.run("yours");
  assert.deepEqual([at.runner.failure, at.runner.results.size], [undefined, 0]);
});

test("the page's tapes are in time order and have bytes", () => {
  for (const [name, tape] of Object.entries(RECORDED.lanes)) {
    const times = tape.map(([after]) => after);
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one - other),
      name,
    );
    assert.ok(times[0] >= 0 && times.at(-1) < RECORDED.length, name);
    assert.ok(
      tape.every(([, what, bytes]) => what !== "wire" || bytes > 0) &&
        tape.some(([, what]) => what === "wire"),
      name,
    );
  }
});

test("each poll of the page's tape ends once, after a round trip", () => {
  const polls = RECORDED.lanes.longpoll.filter(([, what]) => what === "request" || what === "end");
  const begun = polls.filter(([, what]) => what === "request").length;
  assert.deepEqual(
    [...new Set(polls.map(([, what], index) => what === (index % 2 ? "request" : "end")))],
    [true],
  );
  assert.ok(begun * 2 === polls.length && begun > RECORDED.length / 1000, String(begun));

  const { store } = page();
  const lane = store.lane("longpoll");
  const player = new TapePlayer(store, lane, RECORDED.lanes.longpoll);
  for (const event of player.tape) player.happen(event, 0);
  const {
    trace: { requests },
  } = lane;
  // The first was under way when the tape began, the last when it ended.
  const bars = Array.from(
    { length: begun - 1 },
    (_, index) => requests.get(index + 1, "end") - requests.get(index + 1, "start"),
  );
  assert.ok(
    bars.every((length) => length > 2 * RECORDED.conditions.link.delay_ms),
    String(bars),
  );
});

test("an age is shown in words", () => {
  const said = (passed) =>
    inWords({ text: "x", n: 20, needs: 20, at: 0 }, passed * 1000)
      .split("; ")
      .at(-1);
  assert.deepEqual([12, 600, 7_200].map(said), ["12 s ago", "10 min ago", "2 h ago"]);
  const few = { text: "", n: 7, needs: 20 };
  assert.equal(inWords(few, 0), "n = 7, too small (20 needed); so far");
});

test("the setup is the server's description plus the browser", async () => {
  const own = {
    href: "http://lab/#rate=1",
    agent: "Mozilla/5.0 Chrome/156.0 Safari/537.36",
    date: new Date("2026-11-22T15:00:00Z"),
  };
  const told = async () => Response.json({ environment, warnings: ["busy"] });
  const known = await describeSetup({ fetch: told, ...own });
  assert.deepEqual(
    [known.environment.cpu, known.environment.date, known.environment.command, known.warnings],
    ["Fast, One", "2026-11-22T15:00:00Z", ["page", "http://lab/#rate=1", "Chrome 156"], ["busy"]],
  );
  const unknown = await describeSetup({
    fetch: async () => new Response("", { status: 404 }),
    ...own,
  });
  assert.deepEqual([unknown.environment.cpu, unknown.warnings.length], ["unknown", 1]);
});

test("browsers are called by their names", () => {
  const agents = {
    "X Chrome/156.0 Safari/5": "Chrome 156",
    "X Chrome/156.0 Safari/5 Edg/156.0": "Edge 156",
    "X Firefox/153.7": "Firefox 153",
    "X Version/26.4 Safari/6": "Safari 26",
    other: "other",
  };
  for (const [agent, name] of Object.entries(agents)) assert.equal(browserOf(agent), name);
});
