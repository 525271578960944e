// The choice of a transport for given needs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../js/choose/decide.js";
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
    notification: "longpoll",
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
