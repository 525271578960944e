// The deciding numbers of each sentence that others have written.

import {
  FAST,
  KNEE,
  RARE,
  RATES,
  SLOW,
  comeback,
  idle,
  keepAlive,
  quiet,
  rate,
  upstream,
} from "../../js/claims/conditions.js";
import { number, withInterval } from "../../js/results/labels.js";
import { BEHIND, TEXT, broadcast } from "./elsewhere-rules.js";

/** @typedef {import("./result-evidence.js").ResultEvidence} ResultEvidence */
/** @typedef {import("./reasons.js").Reason} Reason */

const BROWSER =
  "Not measured here: it takes a browser, and no command of the lab has one. The page counts it " +
  "under “Limits of the browser”.";
const TITLES = { longpoll: "long polling", sse: "SSE", ws: "WebSocket" };
const PER_CPU = "operations per CPU-second";

const of = (e, condition, name) => withInterval(e.figure(condition, name));
const p50 = (e, condition) => `${of(e, condition, "p50")} ms`;

const behind = (e, row, figure) => withInterval(e.fact(BEHIND.topic, row, figure));

/** @type {Record<string, Reason>} */
export const ELSEWHERE_REASONS = {
  "said-collapse": (e) => {
    const [cached, polls] = [BEHIND.cached, BEHIND.polls];
    return (
      `For each message to 1,000 clients that poll through nginx: with a cache, requests to the ` +
      `service ${behind(e, cached, "requests")}, bytes it sends ` +
      `${behind(e, cached, "bytes sent")}, and a median latency of ${behind(e, cached, "p50")} ` +
      `ms; without, ${behind(e, polls, "requests")}, ${behind(e, polls, "bytes sent")} and ` +
      `${behind(e, polls, "p50")} ms.`
    );
  },
  "said-no-collapse": (e) =>
    `For each message to 1,000 event streams through nginx, the service sends ` +
    `${behind(e, BEHIND.streams, "bytes sent")} B, and to one ` +
    `${behind(e, BEHIND.one, "bytes sent")} B. With polls from a cache, 1,000 take ` +
    `${behind(e, BEHIND.cached, "bytes sent")} B.`,
  "said-new-connections": (e) =>
    `${of(e, rate("longpoll", SLOW), "connections")} connections per message. Without ` +
    `keep-alive it would be ${of(e, keepAlive("new-connection"), "connections")}.`,
  "said-poll-headers": (e) => {
    const [polls, socket] = ["longpoll", "ws"].map(
      (name) => e.figure(rate(name, SLOW), "bytes both ways").value,
    );
    return (
      `A message takes ${number(polls)} B by a poll and ${number(socket)} B over a WebSocket, ` +
      `so the headers are ${number(polls - socket)} B. The client of the lab sends no header ` +
      `that it does not need; a browser sends several hundred bytes more.`
    );
  },
  "said-order": (e) => {
    const all = RATES.map((perSecond) => e.events(rate("longpoll", perSecond), "reordered"));
    return `At 2.4 to 50 messages per second, ${sum(all)} messages arrived after a later one.`;
  },
  "said-timeouts": (e) => {
    const [without, usual] = ["no-cursor", "usual"].map((manner) =>
      of(e, rate("longpoll", KNEE, manner), "lost"),
    );
    return (
      `It holds for a poll without a cursor, which loses ${without} % at ${KNEE} messages per ` +
      `second. With one, ${usual} % are lost.`
    );
  },
  "said-battery": (e) => {
    const idle = Object.entries(TITLES).map(([name, title]) => {
      const [wakeUps, packets, traffic] = ["wake-ups", "packets with data", "traffic"].map(
        (figure) => of(e, quiet(name, 0), figure),
      );
      return `${title} ${wakeUps} wake-ups (${packets} packets, ${traffic} B)`;
    });
    const rare = Object.keys(TITLES).map((name) => of(e, quiet(name, RARE), "wake-ups"));
    return (
      `Idle, per minute, at the default wait and heartbeat: ${idle.join("; ")}. With a message ` +
      `every half minute: ${listed(rare)} wake-ups. That stands for battery, which was not ` +
      `measured.`
    );
  },
  "said-no-limit": () => BROWSER,
  "said-http2": () => BROWSER,
  "said-memory": (e) => {
    const [stream, socket] = ["sse", "ws"].map((name) => e.figure(idle(name), "memory").value);
    return (
      `${of(e, idle("sse"), "memory")} and ${of(e, idle("ws"), "memory")} bytes of the service: ` +
      `${number(100 * (1 - stream / socket))} % less.`
    );
  },
  "said-leanest": (e) =>
    `${of(e, idle("ws"), "memory")} bytes of the service, and ` +
    `${of(e, idle("ws"), "kernel memory")} of the kernel for both ends of the connection.`,
  "said-broadcast": (e) =>
    `To 5,000 subscribers, a CPU-second yields ` +
    `${withInterval(e.compare(broadcast("sse"), broadcast("ws"), PER_CPU).ratio)} times the ` +
    `deliveries of a WebSocket.`,
  "said-batching": (e) => {
    const [polls, stream] = [rate("longpoll", FAST), rate("sse", FAST)];
    return (
      `At ${FAST} messages per second, a message takes ${of(e, polls, "requests")} requests: ` +
      `several share a response. It takes ` +
      `${withInterval(e.compare(polls, stream, "bytes both ways").ratio)} times the bytes of an ` +
      `event stream, and the median latency is ${p50(e, polls)} instead of ${p50(e, stream)}.`
    );
  },
  "said-no-resume": (e) =>
    `After a cut, ${of(e, comeback("sse"), "lost")} % of the missed messages were lost, with ` +
    `${of(e, comeback("sse"), "requests")} request. The first was there after ` +
    `${p50(e, comeback("sse"))}, two round trips.`,
  "said-state-gone": (e) => {
    const lost = ["longpoll", "sse", "ws"].map((name) => of(e, comeback(name), "lost"));
    return (
      `After a cut, ${listed(lost)} % of the missed messages were lost over long polling, SSE ` +
      `and WebSocket.`
    );
  },
  "said-beside-text": (e) => {
    const [stream, socket] = ["sse", "ws"].map(
      (name) => e.figure(rate(name, FAST), "bytes both ways").value - TEXT,
    );
    return (
      `A message carries ${number(stream)} B beside its text over SSE, and ${number(socket)} B ` +
      `over a WebSocket: id, channel and time as JSON.`
    );
  },
  "said-not-easy": (e) => {
    const { minimal, robust, shared } = e.code("sse");
    return (
      `A minimal page has ${minimal} lines of script. A client that resumes has ${robust}, and ` +
      `${shared} that all transports share.`
    );
  },
  "said-faster-socket": (e) =>
    `The median time to the acknowledgement is ${p50(e, upstream("ws"))} by a frame, ` +
    `${p50(e, upstream("longpoll"))} by a POST on a kept connection, and ` +
    `${p50(e, upstream("longpoll", "new-connection"))} on a new one.`,
};

/** @param {string[]} texts */
const listed = (texts) => `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
