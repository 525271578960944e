// What happens to an answer that is interrupted, over each transport of a service in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Answer } from "../js/tokens/answer.js";
import { Interrupter } from "../js/tokens/interrupter.js";
import { count, refresh, secondTab, stop } from "../js/tokens/interruptions.js";
import { Service } from "./fake-service.js";
import { advance, resolved } from "./virtual-clock.js";

const NAMES = ["longpoll", "sse", "ws"];
/** @returns {any} */
const laneOf = (name) => ({ name, base: "http://service", service: "http://service" });

/** @param {string} name */
function answerOver(name) {
  const service = new Service();
  return { service, answer: new Answer(laneOf(name), "main", service.platform) };
}

/** Returns what the measurement returns, while time passes in steps of half a token. */
async function paced(measurement) {
  const [result] = await Promise.all([
    measurement,
    (async () => {
      for (let ms = 0; ms < 2_500; ms += 10) await advance(10);
    })(),
  ]);
  return result;
}

for (const name of NAMES) {
  test(`${name}: after a refresh the answer goes on after the cursor`, async () => {
    const { answer } = answerOver(name);
    assert.deepEqual(await paced(refresh(answer)), { ms: 20, lost: 0, twice: 0 });
  });

  test(`${name}: a second tab reads the answer from its beginning`, async () => {
    const { answer } = answerOver(name);
    assert.deepEqual(await paced(secondTab(answer)), { ms: 0, lost: 0 });
  });

  test(`${name}: a stop is told to the reader and to a later one`, async () => {
    const { service, answer } = answerOver(name);
    const figures = await paced(stop(answer));
    assert.deepEqual(figures, { ms: 0, lost: 0, lostLater: 0, status: 409 });
    assert.equal(service.published.length, 52, "50 tokens, the end, and one more");
  });
}

test("lost and repeated tokens are counted over all readers", () => {
  const reader = (...numbers) => ({ arrivals: numbers.map((n) => ({ n, at: 0 })) });
  assert.deepEqual(count([reader(0, 1, 2), reader(2, 4)], 6), { lost: 2, twice: 1 });
  assert.deepEqual(count([reader(0, 1, 2)], 3), { lost: 0, twice: 0 });
});

/** The page over one service for each transport. */
function pageOver(services) {
  const suspended = [];
  const note = { setSuspended: (is) => suspended.push(is) };
  const lanes = NAMES.map((name) => ({
    name,
    base: `http://${name}`,
    service: `http://${name}`,
  }));
  const { WebSocket } = services.ws.platform;
  const platform = {
    random: () => 0,
    WebSocket,
    fetch: (url, options) => services[new URL(url).hostname].platform.fetch(url, options),
  };
  /** @type {any} */
  const page = { store: { ...note, page: "me", lanes }, byteCounter: note };
  return { suspended, platform, interrupter: new Interrupter(page) };
}

function servicesOf() {
  const services = NAMES.map((name) => {
    const service = new Service();
    service.history.channel = `answer-me-1-${name}`;
    return [name, service];
  });
  return Object.fromEntries(services);
}

const TIMES = String.raw`[\d.]+ ms \(long polling\), [\d.]+ ms \(SSE\) and [\d.]+ ms \(WebSocket\)`;

test("each interruption is told in one text, and the steady messages pause", async () => {
  const said = {
    refresh: `The next token arrived after ${TIMES}. No token was lost. No token came twice.`,
    second: `was as far as the first reader after ${TIMES}. No token was lost.`,
    stop:
      `were told after ${TIMES}. No token was lost. One more token got status 409. ` +
      "A reader that came later: it got all tokens and the end.",
  };
  for (const [name, pattern] of Object.entries(said)) {
    const { interrupter, platform, suspended } = pageOver(servicesOf());
    const text = await resolved(interrupter.run(name, platform));
    assert.match(text, new RegExp(`${pattern}$`));
    assert.deepEqual(suspended, [true, true, false, false]);
  }
});

test("without a service there is a reason instead of figures", async () => {
  const services = servicesOf();
  services.sse.up = false;
  const { interrupter, platform, suspended } = pageOver(services);
  const text = await resolved(interrupter.run("stop", platform));
  assert.equal(text, "No figures: No response from http://sse.");
  assert.deepEqual(suspended, [true, true, false, false]);
});

test("a service that forgets the beginning has no figures either", async () => {
  const services = servicesOf();
  const { publish } = services.ws;
  services.ws.publish = function (...content) {
    const id = publish.apply(this, content);
    if (id === "1-50") this.history.startAnew();
    return id;
  };
  const { interrupter, platform } = pageOver(services);
  const text = await resolved(interrupter.run("second", platform));
  assert.match(text, /^No figures: /);
});
