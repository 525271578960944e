// The notices of a lane.

import assert from "node:assert/strict";
import { test } from "node:test";
import { noticeFor } from "../js/lanes/view/lane-view.js";

/** @type {any} */
const lane = { state: "open", base: "http://service" };

test("an open lane has nothing to explain", () => {
  assert.equal(noticeFor(lane, 0), "");
});

test("an unknown service is named with its start command and next retry", () => {
  const notice = noticeFor({ ...lane, state: "retrying", trouble: { retryAt: 3_500 } }, 0);
  assert.equal(
    notice,
    "No response from http://service. Is it running? Start all three with: cargo lab. " +
      "Retrying in 4 s.",
  );
});

test("a service that was there before needs no start command", () => {
  const notice = noticeFor({ ...lane, state: "retrying", cursor: "1-1" }, 0);
  assert.equal(notice, "No response from http://service. Retrying now.");
});

test("a refusal is shown in the service's own words", () => {
  const trouble = { status: 503, detail: "draining", retryAt: 0 };
  assert.equal(
    noticeFor({ ...lane, state: "retrying", cursor: "1-1", trouble }, 0),
    "http://service responded with 503: draining. Retrying now.",
  );
});

test("a final refusal differs from a browser that cannot connect", () => {
  const forbidden = {
    ...lane,
    state: "off",
    trouble: { status: 403, detail: "not this channel", final: true },
  };
  assert.equal(
    noticeFor(forbidden, 0),
    "http://service responded with 403: not this channel. Retrying would give the same response.",
  );
  const impossible = { ...lane, state: "off", trouble: { detail: "insecure", impossible: true } };
  assert.equal(
    noticeFor(impossible, 0),
    "The browser refuses to connect to http://service: insecure",
  );
});

test("a stopped naive client counts what it misses, and a waiting one says why", () => {
  const sequence = { position: { offset: 3 } };
  const trouble = { naive: true, detail: "it does not handle a lost connection" };
  const stopped = { ...lane, state: "off", trouble, sequence, published: 5 };
  assert.equal(
    noticeFor(stopped, 0),
    "The naive client stopped: it does not handle a lost connection. 2 messages missed so far. " +
      "Connect starts it again.",
  );
  assert.match(noticeFor({ ...stopped, published: 4 }, 0), / 1 message missed so far\. /);
  const waiting = { ...stopped, state: "connecting", trouble: { ...trouble, detail: "Backlog" } };
  assert.equal(noticeFor(waiting, 0), "Backlog.");
});

test("a new history is shown for a while", () => {
  const renewed = { ...lane, discontinuity: { what: "new log", at: 1_000 } };
  assert.match(noticeFor(renewed, 2_000), /new history/);
  assert.equal(noticeFor(renewed, 60_000), "");
});
