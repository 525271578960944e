// The replay of a recording in the lanes, and the origin of its results.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { browserOf, describeSetup } from "../js/page/server.js";
import { findingFor, inWords } from "../js/claims/findings.js";
import { ExperimentRunner } from "../js/experiments/experiment-runner.js";
import { Story } from "../js/recording/section.js";
import { TapePlayer } from "../js/recording/tape-player.js";
import { FaultBands } from "../js/lanes/trace.js";
import { Knee } from "../js/lanes/knee.js";
import { missing } from "../js/lanes/sequence.js";
import { Companions } from "../js/lanes/lane-connection.js";
import { Guide, STEPS } from "../js/guide/guide.js";
import { ByteCounter } from "../js/gate/lane-reports.js";
import { Store } from "../js/page/store.js";
import { advance, until } from "./virtual-clock.js";
import { environment, repetition, scenario, times } from "./result-fixtures.js";
import { present } from "./present.js";

const SERVICES = { longpoll: "http://lp", sse: "http://sse", ws: "http://ws" };

function page() {
  /** @type {any} */
  const settings = { channel: "main", rate: 1, size: 100, through: "auto" };
  const store = new Store({
    endpoints: /** @type {any} */ ({ lanes: SERVICES, services: SERVICES }),
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
    link: () => store.recorded?.link ?? { delay: 0, jitter: 0, bandwidth: null },
    bands: new FaultBands(),
    knee: new Knee(),
    companions: new Companions(store, new ByteCounter()),
  };
  const runner = new ExperimentRunner(/** @type {any} */ (at));
  const measuring = Object.assign(at, { left, runner });
  return Object.assign(measuring, { guide: new Guide(/** @type {any} */ (measuring)) });
}

const RECORDED = JSON.parse(readFileSync(new URL("../recorded.json", import.meta.url), "utf8"));
const TAPE = [
  [5, "message", 1, 1],
  [6, "end", 2, 5],
  [7, "request"],
  [8, "wire", 300],
  [9, "message", 4, 2],
];
const CONDITIONS = {
  rate: 5,
  size: 64,
  link: { delay_ms: 50, jitter_ms: 3, bytes_per_second: 2_000 },
};
const STOPPED = { naive: true, detail: "it does not handle a lost connection" };
const CHAPTER = {
  name: "watch",
  step: "watch",
  conditions: CONDITIONS,
  length: 20,
  faults: [],
  lanes: { longpoll: TAPE, sse: [], ws: [] },
};
/** A fault at 10 ms stops the naive WebSocket; the robust one is away for 20 ms. */
const CUT = {
  ...CHAPTER,
  name: "naive",
  step: "naive",
  length: 1_000,
  faults: [[10, "cut"]],
  lanes: {
    longpoll: [],
    sse: [],
    ws: [
      [5, "message", 1, 1],
      [10, "band", "cut", 0],
      [12, "state", "retrying", { retryAt: 30 }],
      [32, "state", "open", null],
      [40, "message", 35, 2],
      [50, "message", 45, 3],
    ],
  },
  companions: {
    longpoll: [],
    sse: [],
    ws: [
      [5, "message", 1, 1],
      [12, "state", "off", STOPPED],
    ],
  },
};

/** @param {any[]} chapters */
const recording = (chapters) => ({
  place: { environment, warnings: [] },
  results: {
    frequent: {
      at: Date.parse("2026-11-22T14:30:00Z"),
      lanes: { sse: { scenario, repetitions: [repetition(times(30, 51))] } },
    },
  },
  matrix: {},
  anatomy: { message: {}, openings: {} },
  chapters,
});

test("a recorded link without a limit of bytes has no bandwidth", (t) => {
  const link = { delay_ms: 50, jitter_ms: 0 };
  const at = play(t, [{ ...CHAPTER, conditions: { ...CONDITIONS, link } }]);
  assert.deepEqual(at.store.settings.link, { delay: 50, jitter: 0, bandwidth: null });
});

function play(t, chapters) {
  const at = page();
  const story = new Story(/** @type {any} */ (at), recording(chapters));
  t.after(() => story.stop());
  story.jump(chapters[0].name);
  return at;
}

test("a chapter is played at its pace, in a loop", async (t) => {
  const at = play(t, [CHAPTER]);
  assert.deepEqual(
    [at.left.length, at.store.lanes.map(({ state }) => state)],
    [3, ["recorded", "recorded", "recorded"]],
  );
  assert.equal(at.runner.place?.environment, environment);
  const lane = at.store.lane("longpoll");
  await until(() => lane.sequence.count >= 4);
  at.store.pause(true);
  assert.deepEqual(
    [lane.sequence.missing, lane.sequence.duplicates, lane.sequence.inOrder],
    [0, 0, true],
  );
  const latencies = lane.entries.map(({ ms }) => Math.round(present(ms)));
  assert.deepEqual(latencies.slice(-4), [5, 4, 5, 4]);
  assert.equal(present(lane.wireBytes) % 300, 0);
  const { requests } = lane.trace;
  const [first, second] = [requests.row(0), requests.row(1)];
  assert.deepEqual(
    [first.arrived - first.start, first.answered - first.start].map(Math.round),
    [2, 5],
  );
  // From this request to the end that the tape has at its start.
  assert.ok(second.end - second.start > 15);
  const known = { results: at.runner.results, sinceStart: {} };
  const finding = present(findingFor("use-sse", "frequent", known));
  assert.match(inWords(finding, Date.parse("2027-01-01")), /n = 30, recorded on 2026-11-22$/);
});

test("requests that found no service are not counted in a recording", (t) => {
  const at = page();
  const lane = at.store.lane("sse");
  lane.request(1);
  lane.enter("retrying", 2);
  const story = new Story(/** @type {any} */ (at), recording([CHAPTER]));
  t.after(() => story.stop());
  story.jump("watch");
  assert.deepEqual([lane.requests, lane.trace.requests.length], [1, 1]);
});

test("the messages of a recording are numbered from one or more", () => {
  const tapes = RECORDED.chapters.flatMap(({ lanes, companions }) =>
    [lanes, companions ?? {}].flatMap(Object.values),
  );
  const numbers = tapes.flat().flatMap(([, what, , n]) => (what === "message" ? [n] : []));
  assert.ok(Math.min(...numbers) > 0, String(Math.min(...numbers)));
});

test("the steps jump to their chapters, and the guide tells what happened in them", async (t) => {
  const at = play(t, [CHAPTER, CUT]);
  const { guide, store } = at;
  assert.deepEqual(
    STEPS.map((step) => guide.canTake(step)),
    [true, false, false, true],
  );
  await advance(3);
  guide.take("naive");
  for (let passed = 0; passed < 60; passed += 1) await advance(1);
  const [, , ws] = store.companions;
  assert.deepEqual([ws.state, missing(ws)], ["off", 2]);
  assert.deepEqual([store.lane("ws").reconnects, missing(store.lane("ws"))], [1, 0]);
  assert.match(guide.sentence(performance.now()), /WebSocket stopped for good and missed 2 so far/);
  assert.equal(at.bands.of("ws").length, 1);
  guide.take("watch");
  assert.deepEqual([store.companions, guide.step], [[], "watch"]);
});

test("the rate jumps to the nearest chapter in its direction, but to none with a fault", (t) => {
  const knee = { ...CHAPTER, name: "knee", step: "knee", conditions: { ...CONDITIONS, rate: 40 } };
  const far = { ...knee, name: "far", conditions: { ...CONDITIONS, rate: 200 } };
  const cut = { ...CUT, conditions: { ...CONDITIONS, rate: 20 } };
  const { guide, store } = play(t, [CHAPTER, far, cut, knee]);
  const rateAfter = (rate) => {
    guide.pace(rate);
    return store.settings.rate;
  };
  assert.deepEqual([6, 150, 100, 39, 4].map(rateAfter), [40, 200, 40, 5, 5]);
  let settled = 0;
  store.addEventListener("settings", () => (settled += 1));
  guide.pace(0);
  assert.equal(settled, 1);
});

test("a jump ends what would last longer", async (t) => {
  const hole = { ...CUT, lanes: { ...CUT.lanes, ws: [[5, "band", "black-hole", 5_000]] } };
  const at = play(t, [hole, CHAPTER]);
  await advance(10);
  at.guide.take("watch");
  const [band] = at.bands.of("ws");
  assert.equal(Math.round(present(band.end) - band.start), 5);
});

test("after a pause a chapter starts again", async (t) => {
  const at = play(t, [CUT]);
  await advance(20);
  at.store.pause(true);
  for (let passed = 0; passed < 1_500; passed += 100) await advance(100);
  const { count } = at.store.lane("ws").sequence;
  at.store.pause(false);
  await until(() => at.store.lane("ws").sequence.count === count + 3);
});

test("during a replay the recording's settings apply and nothing is measured", async (t) => {
  const at = play(t, [CHAPTER]);
  at.store.set({ rate: 100, link: { delay: 0, jitter: 0, bandwidth: null }, channel: "other" });
  const { rate, size, link, channel } = at.store.settings;
  assert.deepEqual(
    [rate, size, link, channel],
    [5, 64, { delay: 50, jitter: 3, bandwidth: 16_000 }, "other"],
  );
  await at.runner.run("yours");
  assert.deepEqual([at.runner.failure, at.runner.results.size], [undefined, 1]);
});

/** All tapes of the page, with their names. */
const TAPES = RECORDED.chapters.flatMap(({ name, length, lanes, companions = {} }) =>
  [lanes, companions].flatMap((all) =>
    Object.entries(all).map(([lane, tape]) => ({ name: `${name}, ${lane}`, tape, length })),
  ),
);

test("the page's tapes are in time order and within their chapter", () => {
  assert.ok(TAPES.length > 15);
  for (const { name, tape, length } of TAPES) {
    const times = tape.map(([after]) => after);
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one - other),
      name,
    );
    assert.ok(times[0] >= 0 && times.at(-1) <= length, name);
  }
});

test("the page's story has bytes, a loss of naive clients alone, and the times of polls", () => {
  const chapter = (name) => RECORDED.chapters.find((chapter) => chapter.name === name);
  const some = (tape, what) => tape.filter(([, kind]) => kind === what);
  for (const [lane, tape] of Object.entries(chapter("watch").lanes))
    assert.ok(some(tape, "wire").length > 5, lane);
  const held = some(chapter("watch").lanes.longpoll, "end").filter(
    ([end, , arrived, answered]) => arrived < answered && answered < end,
  );
  assert.ok(held.length > 20, String(held.length));
  const { lanes, companions } = chapter("naive");
  const counts = (tapes) => tapes.ws.filter(([, what]) => what === "message").length;
  assert.ok(counts(companions) < counts(lanes));
});

test("each poll of the page's tape ends once, after a round trip", () => {
  const tape = RECORDED.chapters[0].lanes.longpoll;
  const polls = tape.filter(([, what]) => what === "request" || what === "end");
  const begun = polls.filter(([, what]) => what === "request").length;
  assert.deepEqual(
    [...new Set(polls.map(([, what], index) => what === (index % 2 ? "request" : "end")))],
    [true],
  );
  const { store } = page();
  const lane = store.lane("longpoll");
  const player = new TapePlayer({ store, lane }, tape);
  for (const event of player.tape) player.happen(event, 0);
  const {
    trace: { requests },
  } = lane;
  // The first was under way when the tape began, the last when it ended.
  const bars = Array.from(
    { length: begun - 1 },
    (_, index) => requests.get(index + 1, "end") - requests.get(index + 1, "start"),
  );
  const { delay_ms } = RECORDED.chapters[0].conditions.link;
  assert.ok(
    bars.every((length) => length > 2 * delay_ms),
    String(bars),
  );
});

test("an age is shown in words", () => {
  const said = (passed) =>
    inWords({ text: "x", n: 20, needs: 20, at: 0 }, passed * 1000)
      .split(", ")
      .at(-1);
  assert.deepEqual([12, 600, 7_200].map(said), ["12 s ago", "10 min ago", "2 h ago"]);
  const few = { text: "", n: 7, needs: 20 };
  assert.equal(inWords(few, 0), "n = 7 of 20 needed, so far");
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
