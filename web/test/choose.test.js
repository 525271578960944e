// The choice of a transport for given needs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decide } from "../js/choose/decide.js";
import { answerOf } from "../js/choose/answer.js";
import { pollsPerSecond } from "../js/choose/cost.js";
import { planFor } from "../js/choose/plan.js";
import { FIRST, PRESETS, readNeeds, writeNeeds } from "../js/choose/needs.js";
import { repetition, scenario, times } from "./result-fixtures.js";

const measured = (latencies) =>
  Object.fromEntries(
    Object.entries(latencies).map(([name, values]) => [
      name,
      { scenario, repetitions: [repetition(values)] },
    ]),
  );

test("the common cases lead to the expected transports", () => {
  const best = Object.fromEntries(
    Object.entries(PRESETS).map(([name, { needs }]) => [name, decide(needs).best]),
  );
  assert.deepEqual(decide(PRESETS.chat.needs).equal, ["sse"]);
  assert.deepEqual(best, {
    notification: "sse",
    ticker: "sse",
    chat: "ws",
    tokens: "sse",
    game: "ws",
  });
});

test("a measurement above the target decides against a transport", () => {
  const { needs } = PRESETS.ticker;
  const slow = decide(
    needs,
    measured({ longpoll: times(20, 900), sse: times(20, 900), ws: times(20, 51) }),
  );
  assert.equal(slow.best, "ws");
  const { longpoll, sse, ws } = slow.reasons.at(-1).of;
  assert.deepEqual([longpoll.grade, sse.grade, ws.grade], ["fails", "fails", "fits"]);
  assert.ok(slow.reasons.at(-1).measured);
});

test("too few samples decide nothing and are shown as such", () => {
  const { reasons, best } = decide(
    PRESETS.ticker.needs,
    measured({ longpoll: times(20, 100), sse: times(5, 9_000), ws: [] }),
  );
  assert.deepEqual(
    [reasons.at(-1).of.sse, best],
    [{ grade: "fits", why: "n = 5, too small" }, "sse"],
  );
  assert.ok(!decide(FIRST, measured({ sse: [1] })).reasons.some(({ measured }) => measured));
});

test("needs survive a round trip through the address", () => {
  for (const { needs } of Object.values(PRESETS))
    assert.deepEqual(decide(readNeeds(writeNeeds(needs))).best, decide(needs).best);
  const { needs } = PRESETS.game;
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
  { when: "messages only go to clients", needs: PRESETS.notification.needs, best: "sse" },
  { when: "clients also send often", needs: PRESETS.chat.needs, best: "ws" },
  {
    when: "nothing else gets through",
    needs: { ...PRESETS.notification.needs, proxies: "http" },
    best: "longpoll",
  },
];

test("the page, its first question and README give the answers of the decision", () => {
  const page = readFileSync(new URL("../index.html", import.meta.url), "utf8");
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const lead = plain(page.match(/<p>In short: (.*?)<span>/s)[1]);
  const question = plain(page.match(/id="question-which">.*?<p>(.*?)<\/p>/s)[1]);
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

test("an upper bound of polls counts messages and empty responses", () => {
  // 40 clients, one message a minute: 2.0 polls per second were measured.
  assert.ok(40 * pollsPerSecond(1 / 60) > 2);
  const { reasons } = decide({ ...PRESETS.notification.needs, clients: 50_000 });
  const requests = reasons.find(({ title }) => title === "Requests at the server");
  assert.deepEqual(requests.of.longpoll, { grade: "costs", why: "up to 2,833 polls per second" });
});

test("idle polls cost headers, idle streams some bytes", () => {
  const { reasons } = decide(PRESETS.notification.needs);
  const { longpoll, sse } = reasons.find(({ title }) => title === "Idle connections").of;
  assert.deepEqual([longpoll.grade, sse.grade], ["costs", "fits"]);
  assert.match(longpoll.why, /890 B every 25 s, 356.0 kB\/s in all/);
});

test("the answer is a sentence with its reason", () => {
  const { needs } = PRESETS.ticker;
  assert.equal(
    answerOf(decide(needs), needs),
    "Server-Sent Events: messages only go to clients, and one open response carries them all. " +
      "WebSocket scores the same but is more work. " +
      "A median latency of 250 ms has not been measured at this rate and size yet.",
  );
});

test("a rare message is measured at two per second, long enough for a median", () => {
  for (const [rate, size, expected] of [
    [1 / 60, 200, { settings: { rate: 2, size: 200 }, seconds: 13, duration: 16 }],
    [50, 100, { settings: { rate: 50, size: 100 }, seconds: 12, duration: 15 }],
  ])
    assert.deepEqual(planFor({ rate, size }), expected);
});
