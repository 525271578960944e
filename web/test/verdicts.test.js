// The same figures give the same verdicts, whether a page or the lab measured them: verdicts.json.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  meets,
  comeback,
  idle,
  opening,
  quiet,
  rate,
  upstream,
  FAST,
  KNEE,
  RARE,
  RATES,
  SLOW,
} from "../js/claims/conditions.js";
import { judge } from "../js/claims/findings.js";
import { figures } from "../js/results/figures.js";
import { broadcast } from "../tools/claims/elsewhere-rules.js";
import { claimsAbout, findings } from "../tools/claims/findings.js";
import { repetition, scenario, times, wire } from "./result-fixtures.js";

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const { worlds } = read("verdicts.json");
const claims = read("../claims.json").tables.flatMap(({ rows }) =>
  rows.flatMap(({ claims }) => claims),
);
// Only a browser can say it.
const OURS_ALONE = [
  "browsers-longpoll",
  "browsers-sse",
  "browsers-ws",
  "said-no-limit",
  "said-http2",
];
const MESSAGES = 1_000;

function measured({ p50, requests, up, down, connections, lost, reordered = 0 }) {
  const counted = wire(up * MESSAGES, down * MESSAGES, requests * MESSAGES, connections * MESSAGES);
  const gone = (lost * MESSAGES) / (1 - lost);
  return {
    scenario,
    repetitions: [
      repetition(times(MESSAGES, p50), {
        wire: counted,
        lost: gone,
        reordered: reordered * MESSAGES,
      }),
    ],
  };
}

function seen({ lanes, answers }, experiment) {
  const entries = Object.entries(lanes[experiment] ?? {}).map(([name, lane]) => [
    name,
    measured(lane),
  ]);
  return {
    lanes: entries.length ? Object.fromEntries(entries) : undefined,
    facts: answers[experiment],
  };
}

const TRANSPORTS = ["longpoll", "sse", "ws"];
const code = TRANSPORTS.map((transport, index) => ({
  transport,
  minimal: 20,
  robust: [43, 45, 65][index],
  shared: 600,
}));

/** A result of the lab with these figures. @param {any} figures */
function resultOf({ lanes, cpu, facts, lab = {} }) {
  const { memory, wakeups, comeback: back, fresh } = lab;
  const series = (condition, lane, more = {}) => {
    if (!lane) return [];
    const repetitions = measured(lane).repetitions.map((repetition) => ({
      ...repetition,
      ...more,
    }));
    // Three equal repetitions: a difference is clear.
    const all = [0, 1, 2].map(() => repetitions[0]);
    return [{ scenario: { ...scenario, ...condition }, repetitions: all, figures: figures(all) }];
  };
  const rateOf = (often) => lanes[often === SLOW ? "rare" : "frequent"] ?? {};
  const all = TRANSPORTS.flatMap((name) => [
    ...RATES.flatMap((often) => series(rate(name, often), rateOf(often)[name])),
    ...series(upstream(name), lanes.upstream?.[name]),
    ...series(upstream(name, "new-connection"), fresh ?? lanes.upstream?.[name]),
    ...series(comeback(name), back?.[name]),
    ...[0, RARE].flatMap((often, index) =>
      series(quiet(name, often), wakeups && lanes.frequent[name], {
        seconds: 60,
        wire: { ...wire(100, 100, 5), packets: 10, wakeups: wakeups?.[name][index] },
      }),
    ),
    ...ofIdle(name, memory?.[name]),
    ...series(opening(name), lanes.opening?.[name]),
    ...series(broadcast(name), lanes.frequent[name], { server_cpu_seconds: cpu[name] ?? 1 }),
  ]);
  const polls = ["usual", "new-connection"].flatMap((manner) =>
    series({ experiment: "keep-alive", transport: "longpoll", manner }, lanes.frequent.longpoll),
  );
  const others = [SLOW, KNEE, FAST].flatMap((often) => [
    ...series(rate("longpoll", often, "no-cursor"), lanes["no-cursor"]?.["no-cursor"]),
    ...series(rate("longpoll", often, "one-per-answer"), lanes.frequent.longpoll),
  ]);
  const known = (facts ?? []).map(([topic, subject, figure, value]) => ({
    topic,
    subject,
    figure,
    unit: "",
    values: [value],
  }));
  return {
    environment: { settings: { workers: 4 } },
    code,
    facts: known,
    series: [...all, ...polls, ...others],
  };
}

/** Only the lab computes the memory of a connection, from a slope. */
function ofIdle(name, bytes) {
  if (!bytes) return [];
  const figures = [{ name: "memory", unit: "B/connection", estimate: { value: bytes } }];
  const kernel = { ...figures[0], name: "kernel memory" };
  return [
    { scenario: { ...scenario, ...idle(name) }, repetitions: [], figures: [...figures, kernel] },
  ];
}

for (const world of worlds) {
  test(`the page judges ${world.name}`, () => {
    for (const { id, experiment } of claims) {
      if (!(id in world.verdicts) || !experiment) continue;
      const finding = judge(id, experiment, seen(world, experiment));
      assert.equal(finding?.verdict, world.verdicts[id], id);
      assert.ok(finding && finding.n >= finding.needs, id);
    }
  });

  test(`the documents judge ${world.name}`, () => {
    const run = resultOf(world);
    for (const subject of /** @type {const} */ (["transports", "processes", "elsewhere"])) {
      for (const { claim, verdict, reason } of findings(claimsAbout(subject), run)) {
        if (claim.id in world.verdicts)
          assert.equal(verdict, world.verdicts[claim.id], `${claim.id}: ${reason}`);
      }
    }
  });
}

test("each claim that page and lab judge is in an example", () => {
  const judged = worlds.flatMap(({ verdicts }) => Object.keys(verdicts));
  for (const { id } of claims) assert.equal(judged.includes(id), !OURS_ALONE.includes(id), id);
});

test("a condition selects by load where it has one", () => {
  const of = (load) => ({ ...scenario, experiment: "rate", load });
  assert.ok(
    meets(rate("sse", 50), of({ "per-second": 50 })) &&
      !meets(rate("sse", 50), of({ "per-second": 5 })),
  );
  assert.ok(meets({ ...opening("sse"), experiment: "rate" }, of({ "in-flight": 1 })));
});
