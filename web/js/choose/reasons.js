// The reasons for and against each transport: rows of the table, each with a grade.

import { samples, valueOf } from "../claims/page-evidence.js";
import {
  about,
  cpuTime,
  idleBytes,
  idleOnce,
  p50At,
  pollsPerSecond,
  twoDigits,
} from "./cost.js";

/**
 * @typedef {"longpoll" | "sse" | "ws"} Name
 * @typedef {"fits" | "costs" | "fails"} Grade
 * @typedef {{ grade: Grade, why: string }} Judgement
 * @typedef {{ title: string, measured: boolean, of: Record<Name, Judgement> }} Reason
 * @typedef {import("./needs.js").Needs} Needs
 * @typedef {import("./cost.js").Costs} Costs
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
/** The default drain, in which polls are answered, and the time over which streams reconnect. */
const DRAIN_SECONDS = { longpoll: 3, sse: 5, ws: 5 };
/** Memory of all connections that is more than a detail. */
const MUCH_MEMORY = 1e9;
/** A share of a core that is more than a detail, and a clear difference between transports. */
const CORE = { much: 0.5, more: 1.2 };

/** @typedef {(why: string) => Judgement} Judge */

/** @type {Judge} */
const fits = (why) => ({ grade: "fits", why });
/** @type {Judge} */
const costs = (why) => ({ grade: "costs", why });
/** @type {Judge} */
const fails = (why) => ({ grade: "fails", why });
const grouped = (/** @type {number} */ value) => Math.round(value).toLocaleString("en");

/** @param {string} title @param {(name: Name) => Judgement} judge @returns {Reason} */
const reason = (title, judge) => ({
  title,
  measured: false,
  of: /** @type {Reason["of"]} */ (Object.fromEntries(NAMES.map((name) => [name, judge(name)]))),
});

/** @param {Needs} needs @param {Costs} known @returns {Reason} */
export function direction({ direction, rate, clients }, { upstream }) {
  const title = "Messages to the server";
  if (direction === "down") return reason(title, () => fits("none, or few: one request each"));
  const all = `${grouped(rate * clients)} per second`;
  const request = rate > 10 ? fails : costs;
  return reason(title, (name) =>
    name === "ws"
      ? fits(`${all}, in frames of ${about(upstream.ws)}`)
      : request(`${all}, a request of ${about(upstream[name])} each`),
  );
}

/** @param {Needs} needs @returns {Reason} */
export function requests({ rate, clients }) {
  const all = pollsPerSecond(rate) * clients;
  return reason("Requests at the server", (name) =>
    name === "longpoll"
      ? gradeOfPolls(all, rate)(`up to ${grouped(all)} polls per second`)
      : fits("one per client"),
  );
}

/** @param {number} all @param {number} rate */
function gradeOfPolls(all, rate) {
  if (all > MANY_REQUESTS) return fails;
  return rate >= FREQUENT || all > SOME_REQUESTS ? costs : fits;
}

/** @param {Needs} needs @returns {Reason} */
export function proxies({ proxies }) {
  const title = "Network path";
  if (proxies === "mine") return reason(title, () => fits("under your control"));
  const [grade, why] = /** @type {[Judge, { sse: string, ws: string }]} */ (
    proxies === "http"
      ? [fails, { sse: "held until it ends, which it does not", ws: "the upgrade is refused" }]
      : [costs, { sse: "may be buffered or cut", ws: "the upgrade may be refused" }]
  );
  return reason(title, (name) =>
    name === "longpoll" ? fits("ordinary HTTP gets through") : grade(why[name]),
  );
}

/** @param {Needs} needs @returns {Reason} */
export function tabs({ http }) {
  const title = "Several tabs of one browser";
  if (http === "h2") return reason(title, () => fits("100 and more"));
  return reason(title, (name) =>
    name === "ws" ? fits("200 and more") : costs("six; the seventh waits without an error"),
  );
}

/** @param {Needs} needs @param {Costs} known @returns {Reason} */
export function silence({ rate, clients }, { wakeups }) {
  const title = "Idle connections";
  if (rate > RARE) return reason(title, () => fits("rarely idle"));
  return reason(title, (name) => {
    const [kind, grade, what] =
      name === "longpoll"
        ? /** @type {const} */ (["longpoll", costs, "headers of"])
        : /** @type {const} */ (["stream", fits, "heartbeats of"]);
    const all = `${about(idleBytes(kind, clients))}/s in all`;
    return grade(
      `${what} ${idleOnce(kind)}, ${all}; ${wakeups[name].toFixed(1)} wake-ups a minute`,
    );
  });
}

/** @param {Needs} needs @param {Costs} known @returns {Reason} */
export function memory({ clients }, { memory, kernel }) {
  return reason("Memory, with the kernel’s for both ends", (name) => {
    const [service, both] = [memory[name] * clients, kernel[name] * clients];
    const grade = service + both > MUCH_MEMORY ? costs : fits;
    return grade(`${about(service)}, and up to ${about(both)} in the kernel`);
  });
}

/** @param {Needs} needs @param {Costs} known @returns {Reason} */
export function broadcast({ rate, clients }, { perCpu }) {
  const coresOf = (/** @type {Name} */ name) => (rate * clients) / perCpu[name];
  const least = Math.min(...NAMES.map(coresOf));
  return reason("CPU of a message to all", (name) => {
    const cores = coresOf(name);
    const grade = cores > CORE.much && cores > least * CORE.more ? costs : fits;
    return grade(`${cpuTime(clients / perCpu[name])}; ${twoDigits(cores)} cores at this rate`);
  });
}

/** @param {Needs} needs @returns {Reason} */
export function deployment({ clients }) {
  return reason("A deployment", (name) => {
    const seconds = DRAIN_SECONDS[name];
    const grade = clients / seconds > MANY_REQUESTS ? costs : fits;
    const what = name === "longpoll" ? "polls" : "reconnects";
    return grade(`${grouped(clients)} ${what} within ${seconds} s`);
  });
}

/** @param {Needs} needs @returns {Reason} */
export function loss({ loss }) {
  const title = "No message lost";
  if (loss === "some") return reason(title, () => fits("not required"));
  const how = { longpoll: "poll with a cursor", sse: "Last-Event-ID is a cursor" };
  return reason(title, (name) =>
    name === "ws" ? costs("you must send the cursor") : fits(how[name]),
  );
}

/** What none of them can do. @param {Needs} needs @returns {Reason[]} */
export const closedTab = ({ closed }) =>
  closed === "yes" ? [reason("A closed tab", () => fails("only Web Push reaches it"))] : [];

/**
 * Compares with the visitor's latency target: what was measured here, else what was recorded.
 * @param {Needs} needs
 * @param {Costs} known
 * @param {import("../claims/page-evidence.js").Lanes} [lanes]
 * @returns {Reason}
 */
export function latency({ target, rate }, known, lanes) {
  const p50 = (/** @type {Name} */ name) => valueOf(lanes, name, "p50");
  const measured = NAMES.some((name) => p50(name) !== undefined);
  const row = reason(`Median within ${target} ms`, (name) => {
    const value = measured ? p50(name) : p50At(known, name, rate);
    if (value === undefined) return fits(`only ${samples(lanes, name)} messages`);
    const how = measured ? `n = ${samples(lanes, name)}` : "recorded over 50 ms each way";
    const text = `${value.toFixed(1)} ms, ${how}`;
    return value <= target ? fits(text) : fails(text);
  });
  return { ...row, measured };
}
