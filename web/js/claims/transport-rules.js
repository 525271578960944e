// The rules for the claims about the three transports: measurements in, a sentence and a verdict
// out. The verdict words are those of `claims.json`.

import { bytes, figure, lost, ms, operations, samples } from "./lane-figures.js";

/**
 * @typedef {"holds" | "holds-if" | "imprecise" | "does-not-hold" | "not-measurable"} Verdict
 * @typedef {{ text: string, n: number, needs: number, verdict: Verdict }} Finding  `needs` is the
 *   minimum n for a
 * verdict
 * @typedef {{ lanes?: import("./lane-figures.js").Lanes, facts?: any }} Seen  a result, or
 *   everything since the page
 * started
 * @typedef {(seen: Seen) => Finding | undefined} Rule  undefined where nothing can be said
 */

// Minimum samples for a median, and for a count.
const FOR_LATENCY = 20;
const FOR_COUNTS = 10;
// Differences below these are not noticeable.
const FLOOR_MS = 1;
const FLOOR_SHARE = 0.05;

/** @type {Record<string, Rule>} */
export const TRANSPORT_RULES = {
  "protocol-longpoll": ({ lanes }) =>
    counted(lanes, "longpoll", (each) => [
      `${count(each)} per message`,
      each > 0 ? "holds" : "does-not-hold",
    ]),
  "protocol-sse": ({ lanes }) =>
    counted(lanes, "sse", (each) => [
      stays(each, "request"),
      each < 0.5 ? "holds" : "does-not-hold",
    ]),
  "protocol-ws": ({ lanes }) =>
    counted(lanes, "ws", (each) => [stays(each, "handshake"), "imprecise"]),
  "direction-longpoll": ({ lanes }) => upwards(lanes, "longpoll", "imprecise"),
  "direction-sse": ({ lanes }) => upwards(lanes, "sse", "holds"),
  "direction-ws": ({ lanes }) => upwards(lanes, "ws", "does-not-hold"),
  "connection-longpoll": ({ lanes }) => connected(lanes, "longpoll", (requests) => requests > 0.1),
  "connection-sse": ({ lanes }) => connected(lanes, "sse", (requests) => requests < 0.1),
  "connection-ws": ({ lanes }) => connected(lanes, "ws", (requests) => requests < 0.1),
  "complexity-longpoll": forgetful,
  "complexity-sse": ({ facts }) => facts && refusal(facts),
  "complexity-ws": handshake,
  "use-longpoll": ({ lanes }) => useful(lanes, "longpoll", 1_000),
  "use-sse": ({ lanes }) => useful(lanes, "sse", 250),
  "use-ws": ({ lanes }) => useful(lanes, "ws", 100),
  "browsers-longpoll": ({ facts }) => facts && supported(facts.longpoll, "fetch"),
  "browsers-sse": ({ facts }) => facts && supported(facts.sse, "EventSource"),
  "browsers-ws": ({ facts }) => facts && supported(facts.ws, "WebSocket"),
  "efficiency-longpoll": ({ lanes }) => lessBytes(lanes, "sse", "longpoll"),
  "efficiency-sse": ({ lanes }) => lessBytes(lanes, "sse", "longpoll"),
  "efficiency-ws": fastest,
};

const count = (each) => `${each.toFixed(2)} requests`;
const stays = (each, what) =>
  each === 0 ? `no further ${what}` : `${each.toFixed(2)} ${what}s per message`;

function counted(lanes, lane, describe) {
  const each = figure(lanes, lane, "requests");
  if (each === undefined) return undefined;
  const [text, verdict] = describe(each);
  return { text, verdict, n: operations(lanes, lane), needs: FOR_COUNTS };
}

function connected(lanes, lane, isExpected) {
  const [requests, connections] = ["requests", "connections"].map((name) =>
    figure(lanes, lane, name),
  );
  if (requests === undefined || connections === undefined) return undefined;
  const n = operations(lanes, lane);
  const fresh = Math.round(connections * n);
  const text =
    `${count(requests)} per message; ${fresh || "no"} new TCP ` +
    `connection${fresh === 1 ? "" : "s"}`;
  return { text, n, needs: FOR_COUNTS, verdict: isExpected(requests) ? "holds" : "does-not-hold" };
}

/** @param {Verdict} verdict if each published message is a request of its own */
function upwards(lanes, lane, verdict) {
  const [up, requests] = ["bytes up", "requests"].map((name) => figure(lanes, lane, name));
  if (up === undefined || requests === undefined) return undefined;
  const isRequest = requests >= 0.9;
  const opposite = verdict === "does-not-hold" ? "holds" : "does-not-hold";
  const text = `${bytes(up)} per message sent, ${isRequest ? count(requests) : "no request"}`;
  return {
    text,
    n: operations(lanes, lane),
    needs: FOR_COUNTS,
    verdict: isRequest ? verdict : opposite,
  };
}

function forgetful({ lanes }) {
  const [naive, with_cursor] = [
    figure(lanes, "no-cursor", "lost"),
    figure(lanes, "longpoll", "lost"),
  ];
  if (naive === undefined || with_cursor === undefined) return undefined;
  const text = `${naive.toFixed(0)} % lost without a cursor, ${with_cursor.toFixed(0)} % with one`;
  const n = operations(lanes, "no-cursor") + lost(lanes, "no-cursor");
  return { text, n, needs: FOR_LATENCY, verdict: naive > 0 ? "holds-if" : "holds" };
}

function refusal({ closedAfter, errors, seconds }) {
  const forGood = closedAfter !== undefined && errors === 1;
  const text = forGood
    ? `stopped after one error: no further request in ${seconds} s`
    : `tried again after an error: ${errors} times in ${seconds} s`;
  return { text, n: errors, needs: 1, verdict: forGood ? "holds-if" : "holds" };
}

function handshake({ lanes }) {
  const [ws, sse] = ["ws", "sse"].map((lane) => figure(lanes, lane, "p50"));
  if (ws === undefined || sse === undefined) return tooFew(lanes, "ws", "holds");
  const isFaster = noticed(ws, sse) && ws < sse;
  const fresh = figure(lanes, "ws", "connections");
  const own = fresh === undefined ? "" : `, with ${fresh.toFixed(2)} new TCP connections each`;
  const text = `ready after ${ms(ws)}${own}; an event stream after ${ms(sse)}`;
  return {
    text,
    n: samples(lanes, "ws"),
    needs: FOR_LATENCY,
    verdict: isFaster ? "imprecise" : "holds",
  };
}

/** @param {number} target milliseconds */
function useful(lanes, lane, target) {
  const p50 = figure(lanes, lane, "p50");
  if (p50 === undefined) return tooFew(lanes, lane, "holds");
  const gone = lost(lanes, lane);
  const text = `p50 ${ms(p50)}, target ${target} ms; ${gone ? `${gone} lost` : "nothing lost"}`;
  return {
    text,
    n: samples(lanes, lane),
    needs: FOR_LATENCY,
    verdict: p50 <= target && !gone ? "holds" : "does-not-hold",
  };
}

function supported(has, what) {
  return {
    text: `${has ? "This browser has" : "This browser lacks"} ${what}`,
    n: 1,
    needs: 1,
    verdict: has ? "holds" : "does-not-hold",
  };
}

/** Judges whether one transport needs noticeably fewer bytes per message than the other. */
function lessBytes(lanes, less, more) {
  const [few, many] = [less, more].map((lane) => figure(lanes, lane, "bytes both ways"));
  if (!few || !many) return undefined;
  const text =
    `event stream ${bytes(few)}, long polling ${bytes(many)} per message: ` +
    `${(many / few).toFixed(1)} ×`;
  const n = Math.min(operations(lanes, less), operations(lanes, more));
  return {
    text,
    n,
    needs: FOR_COUNTS,
    verdict: many > few * (1 + FLOOR_SHARE) ? "holds" : "does-not-hold",
  };
}

function fastest({ lanes }) {
  const [ws, sse, longpoll] = ["ws", "sse", "longpoll"].map((lane) => figure(lanes, lane, "p50"));
  if (ws === undefined || sse === undefined || longpoll === undefined)
    return tooFew(lanes, "ws", "holds-if");
  const text = `p50 ${ms(ws)}; event stream ${ms(sse)}, long polling ${ms(longpoll)}`;
  const beats = (other) => noticed(ws, other) && ws < other;
  const verdict = !beats(longpoll) ? "does-not-hold" : beats(sse) ? "holds" : "holds-if";
  return { text, n: samples(lanes, "ws"), needs: FOR_LATENCY, verdict };
}

const noticed = (a, b) => Math.abs(a - b) > Math.max(FLOOR_MS, FLOOR_SHARE * b);

/** A finding with too few samples for a figure. */
function tooFew(lanes, lane, verdict) {
  const n = samples(lanes, lane);
  return n ? { text: "–", n, needs: FOR_LATENCY, verdict } : undefined;
}
