// The reasons for and against each transport: rows of the table, each with a grade.

import { samples, valueOf } from "../claims/page-evidence.js";
import { idleBytes, pollsPerSecond } from "./cost.js";

/**
 * @typedef {"longpoll" | "sse" | "ws"} Name
 * @typedef {"fits" | "costs" | "fails"} Grade
 * @typedef {{ grade: Grade, why: string }} Judgement
 * @typedef {{ title: string, measured: boolean, of: Record<Name, Judgement> }} Reason
 * @typedef {import("./needs.js").Needs} Needs
 */

/** The simplest first. */
export const NAMES = /** @type {Name[]} */ (["sse", "longpoll", "ws"]);

// One core of a service handles some thousand requests per second; polls come on top of everything
// else.
const MANY_REQUESTS = 5_000;
const SOME_REQUESTS = 1_000;
/** The rate of messages at which nearly every message costs a request. */
const FREQUENT = 0.5;
// Below this rate a stream is mostly idle, and a proxy may cut it.
const RARE = 1 / 30;

const fits = (why) => ({ grade: /** @type {Grade} */ ("fits"), why });
const costs = (why) => ({ grade: /** @type {Grade} */ ("costs"), why });
const fails = (why) => ({ grade: /** @type {Grade} */ ("fails"), why });
const all = (judgement) => ({ longpoll: judgement, sse: judgement, ws: judgement });

/** @param {Needs} needs @returns {Reason} */
export function direction({ direction, rate }) {
  const title = "Messages to the server";
  if (direction === "down")
    return { title, measured: false, of: all(fits("none, or few: one request each")) };
  const request =
    rate > 10 ? fails("one request each, with all headers") : costs("one request each");
  return {
    title,
    measured: false,
    of: { longpoll: request, sse: request, ws: fits("frames on the open connection") },
  };
}

/** @param {Needs} needs @returns {Reason} */
export function requests({ rate, clients }) {
  const title = "Requests at the server";
  const all = pollsPerSecond(rate) * clients;
  const polls = `up to ${Math.round(all).toLocaleString("en")} polls per second`;
  const stream = fits("one per client");
  return {
    title,
    measured: false,
    of: {
      longpoll: gradeOfPolls(all, rate)(polls),
      sse: stream,
      ws: stream,
    },
  };
}

function gradeOfPolls(all, rate) {
  if (all > MANY_REQUESTS) return fails;
  return rate >= FREQUENT || all > SOME_REQUESTS ? costs : fits;
}

/** @param {Needs} needs @returns {Reason} */
export function proxies({ proxies }) {
  const title = "Network path";
  if (proxies === "mine") return { title, measured: false, of: all(fits("under your control")) };
  if (proxies === "http") {
    const of = {
      longpoll: fits("ordinary HTTP gets through"),
      sse: fails("held until it ends, which it does not"),
      ws: fails("the upgrade is refused"),
    };
    return { title, measured: false, of };
  }
  const of = {
    longpoll: fits("ordinary HTTP gets through"),
    sse: costs("may be buffered or cut"),
    ws: costs("the upgrade may be refused"),
  };
  return { title, measured: false, of };
}

/** @param {Needs} needs @returns {Reason} */
export function silence({ rate, clients }) {
  const title = "Idle connections";
  if (rate > RARE) return { title, measured: false, of: all(fits("rarely idle")) };
  const stream = fits(`heartbeats of ${idleBytes("stream", clients)}`);
  const polls = costs(`headers of ${idleBytes("longpoll", clients)}`);
  return { title, measured: false, of: { longpoll: polls, sse: stream, ws: stream } };
}

/** @param {Needs} needs @returns {Reason} */
export function loss({ loss }) {
  const of = {
    longpoll: fits("poll with a cursor"),
    sse: fits("Last-Event-ID is a cursor"),
    ws: costs("you must send the cursor"),
  };
  return {
    title: "No message lost",
    measured: false,
    of: loss === "none" ? of : all(fits("not required")),
  };
}

/** Compares with the visitor's latency target, where it was measured. @returns {Reason[]} */
export function measured({ target }, lanes) {
  const p50 = (name) => valueOf(lanes, name, "p50");
  if (NAMES.every((name) => p50(name) === undefined)) return [];
  const judge = (name) => {
    const value = p50(name);
    if (value === undefined) return fits(`n = ${samples(lanes, name)}, too small`);
    const text = `p50 ${value.toFixed(1)} ms, n = ${samples(lanes, name)}`;
    return value <= target ? fits(text) : fails(text);
  };
  const of = /** @type {Reason["of"]} */ (
    Object.fromEntries(NAMES.map((name) => [name, judge(name)]))
  );
  return [{ title: `Median within ${target} ms`, measured: true, of }];
}
