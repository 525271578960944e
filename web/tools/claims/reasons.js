// The deciding numbers of each claim about the transports, in sentences.

import {
  FAST,
  KNEE,
  RATES,
  SLOW,
  cost,
  keepAlive,
  opening,
  rate,
  upstream,
} from "../../js/claims/conditions.js";
import { number, withInterval } from "../../js/results/labels.js";
import { ELSEWHERE_REASONS } from "./elsewhere-reasons.js";
import { PROCESS_REASONS } from "./process-reasons.js";

/** @typedef {import("./result-evidence.js").ResultEvidence} ResultEvidence */
/** @typedef {(evidence: ResultEvidence, verdict?: string) => string} Reason */

/** The text of a figure. */
const of = (e, condition, name) => withInterval(e.figure(condition, name));
const p50 = (e, condition) => `${of(e, condition, "p50")} ms`;
const ratio = (e, first, second, name) => withInterval(e.compare(first, second, name).ratio);

/** @type {Reason} */
const browsers = () => "The benchmark uses no browser. The page reports what yours supports.";

/** @type {Record<string, Reason>} */
const TRANSPORT_REASONS = {
  "protocol-longpoll": (e) =>
    `HTTP requests per single message: ${of(e, rate("longpoll", SLOW), "requests")}.`,
  "protocol-sse": (e) =>
    `It takes ${of(e, opening("sse"), "requests")} HTTP request to open, and ` +
    `${of(e, rate("sse", SLOW), "requests")} for each message after that, all of them from ` +
    `server to client.`,
  "protocol-ws": (e) => {
    const [own, ...others] = ["ws", "longpoll", "sse"].map((name) =>
      of(e, opening(name), "connections"),
    );
    return (
      `It is opened by ${of(e, opening("ws"), "requests")} HTTP request on ${own} TCP ` +
      `connection; long polling and SSE take ${others.join(" and ")}. All three run on TCP. ` +
      `The difference is the protocol after the handshake (RFC 6455).`
    );
  },
  "direction-longpoll": (e) =>
    `${post(e, "longpoll")} On a new connection it is ` +
    `${p50(e, upstream("longpoll", "new-connection"))}. The poll itself, ` +
    `${of(e, rate("longpoll", SLOW), "bytes up")} B up for each message, carries only ` +
    `its cursor.`,
  "direction-sse": (e) => `${post(e, "sse")} The stream itself carries no data to the server.`,
  "direction-ws": (e) => {
    const [requests, connections, up, down] = [
      "requests",
      "connections",
      "bytes up",
      "bytes down",
    ].map((name) => of(e, upstream("ws"), name));
    return (
      `A published message takes ${requests} requests and ${connections} connections: a ` +
      `frame of ${up} B, with ${down} B down. Its median time to the acknowledgement is ` +
      `${p50(e, upstream("ws"))}.`
    );
  },
  "connection-longpoll": (e) => {
    const [slow, fast] = [SLOW, FAST].map((perSecond) =>
      of(e, rate("longpoll", perSecond), "requests"),
    );
    const [kept, fresh] = ["usual", "new-connection"].map(keepAlive);
    return (
      `Requests per message: ${slow} for single messages, ${fast} at ${FAST}/s. With ` +
      `keep-alive, each message opens ${of(e, kept, "connections")} connections. Without it, ` +
      `each opens ${of(e, fresh, "connections")}, and the median latency is ` +
      `${p50(e, fresh)} instead of ${p50(e, kept)}.`
    );
  },
  "connection-sse": (e) => oneConnection(e, "sse"),
  "connection-ws": (e) => oneConnection(e, "ws"),
  "complexity-longpoll": losses,
  "complexity-sse": (e) =>
    `It holds if the client may stop at the first error: an EventSource reconnects after a ` +
    `cut, but not after a response such as 502. ${lines(e.code("sse"))} The client for a ` +
    `WebSocket has ${e.code("ws").robust} of its own.`,
  "complexity-ws": (e) => {
    const open = (name) =>
      `${p50(e, opening(name))} and ${of(e, opening(name), "bytes both ways")} B`;
    return (
      `${lines(e.code("ws"))} The other two have ${e.code("longpoll").robust} and ` +
      `${e.code("sse").robust} lines of their own. Opening takes ${open("ws")}; for SSE it ` +
      `takes ${open("sse")}.`
    );
  },
  "use-longpoll": (e) => {
    const [slow, knee] = [SLOW, KNEE].map((perSecond) =>
      ["longpoll", "ws"].map((name) => p50(e, rate(name, perSecond))),
    );
    return (
      `The median latency of a message every 420 ms is ${slow.join(", and ")} with ` +
      `WebSocket. Every 100 ms it is ${knee.join(" and ")}.`
    );
  },
  "use-sse": (e) =>
    `At ${FAST}/s the median latency is ${p50(e, rate("sse", FAST))}, and ` +
    `${p50(e, rate("ws", FAST))} with WebSocket.`,
  "use-ws": (e) =>
    `At ${FAST}/s the median latency is ${p50(e, rate("ws", FAST))}, and ` +
    `${p50(e, rate("longpoll", FAST))} with long polling. A published message takes ` +
    `${ratio(e, upstream("ws"), upstream("sse"), "bytes both ways")} of the bytes of a POST.`,
  "browsers-longpoll": browsers,
  "browsers-sse": browsers,
  "browsers-ws": browsers,
  "efficiency-longpoll": (e) => {
    const [polls, stream] = [rate("longpoll", FAST), rate("sse", FAST)];
    return (
      `At ${FAST}/s the median latency is ${p50(e, polls)}, and ${p50(e, stream)} with ` +
      `SSE, with ${ratio(e, polls, stream, "bytes both ways")} times the bytes. ` +
      `${deliveries(e, "longpoll")}`
    );
  },
  "efficiency-sse": (e) => {
    const [slow, fast] = [SLOW, FAST].map((perSecond) =>
      ratio(e, rate("sse", perSecond), rate("longpoll", perSecond), "bytes both ways"),
    );
    return (
      `Each message takes ${slow} of the bytes of long polling every 420 ms, and ` +
      `${fast} every 20 ms.`
    );
  },
  "efficiency-ws": (e, verdict) => {
    const [ws, sse, longpoll] = ["ws", "sse", "longpoll"].map((name) => p50(e, rate(name, FAST)));
    const condition =
      verdict === "holds-if"
        ? "It holds compared with long polling; SSE is as fast from server to client. "
        : "";
    return (
      `${condition}At ${FAST}/s the median latency is ${ws}; ${sse} with SSE and ` +
      `${longpoll} with long polling. It takes ` +
      `${ratio(e, rate("ws", FAST), rate("sse", FAST), "bytes both ways")} of the bytes of ` +
      `SSE. ${deliveries(e, "ws")}`
    );
  },
};

/** @type {Record<string, Reason>} */
const TEXT_REASONS = {
  hold: (e) =>
    `Requests per message every 420 ms: ${of(e, rate("longpoll", SLOW), "requests")}. Every ` +
    `response carries a message.`,
  again: (e) => {
    const late = RATES.map(
      (perSecond) => `${p50(e, rate("longpoll", perSecond))} at ${number(perSecond)}/s`,
    );
    return (
      `A message that is published before the next request arrives waits for it. So the ` +
      `median latency grows as soon as messages come about as fast as the round trip of 100 ` +
      `ms: ${late.join(", ")}.`
    );
  },
  single: (e) => {
    const [slow, knee, fast] = [SLOW, KNEE, FAST].map((perSecond) =>
      ["one-per-answer", "usual"].map((manner) =>
        of(e, rate("longpoll", perSecond, manner), "p50"),
      ),
    );
    return (
      `It holds if messages are rarer than round trips. Every 420 ms the median latency ` +
      `is ${slow.join(" ms, and ")} ms if a response carries all pending messages. Every 100 ` +
      `ms it is ${knee.join(" and ")} ms; every 20 ms ${fast.join(" and ")} ms, growing ` +
      `over time.`
    );
  },
  nobody: losses,
  stream: (e) => oneConnection(e, "sse"),
  upgrade: (e) => {
    const difference =
      e.compare(opening("ws"), opening("sse"), "p50").outcome === "same"
        ? "the handshake takes no more round trips than any first request"
        : "the difference is measurable";
    return (
      `It takes ${of(e, opening("ws"), "requests")} request. The median time to open is ` +
      `${p50(e, opening("ws"))}, and ${p50(e, opening("sse"))} for SSE: ${difference}.`
    );
  },
};

/** @type {Record<string, Reason>} */
export const REASONS = {
  ...TRANSPORT_REASONS,
  ...TEXT_REASONS,
  ...PROCESS_REASONS,
  ...ELSEWHERE_REASONS,
};

/** The cost of publishing a message over HTTP. */
function post(e, transport) {
  const [requests, up, down] = ["requests", "bytes up", "bytes down"].map((name) =>
    of(e, upstream(transport), name),
  );
  return (
    `A published message takes ${requests} request, ${up} B up and ${down} B down. Its ` +
    `median time to the acknowledgement is ${p50(e, upstream(transport))}.`
  );
}

function oneConnection(e, transport) {
  return (
    `It takes ${of(e, opening(transport), "connections")} TCP connection to open, and ` +
    `${of(e, rate(transport, FAST), "connections")} for each message after that, at ${FAST}/s.`
  );
}

/** @type {Reason} */
function losses(e, verdict) {
  const [slow, knee, fast] = [SLOW, KNEE, FAST].map((perSecond) =>
    of(e, rate("longpoll", perSecond, "no-cursor"), "lost"),
  );
  const condition = verdict === "holds-if" ? "It holds if messages may be lost. " : "";
  return (
    `${condition}Without a cursor, two subscribers lose ${slow} % of messages every 420 ` +
    `ms, ${knee} % of messages every 100 ms and ${fast} % of messages every 20 ms. With one ` +
    `they lose ${of(e, rate("longpoll", FAST), "lost")} %. ${lines(e.code("longpoll"))}`
  );
}

const lines = ({ minimal, robust, shared }) =>
  `A minimal page has ${minimal} lines of script. A client that resumes has ${robust}, and ` +
  `${shared} that all transports share.`;

const deliveries = (e, transport) =>
  `A CPU-second of the server yields ` +
  `${ratio(e, cost(transport), cost("sse"), "operations per CPU-second")} times the deliveries.`;
