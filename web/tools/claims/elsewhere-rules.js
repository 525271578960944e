// The rules of sentences of others that only the lab can judge.

import {
  FAST,
  KNEE,
  RARE,
  SLOW,
  comeback,
  cost,
  idle,
  quiet,
  rate,
  upstream,
} from "../../js/claims/conditions.js";

/** @typedef {import("./result-evidence.js").ResultEvidence} Evidence */
/** @typedef {import("./result-evidence.js").Rule} Rule */
/** @typedef {import("../../js/claims/rules.js").Verdict} Verdict */

const TRANSPORTS = ["longpoll", "sse", "ws"];
// Losses below this share, in percent, count as none.
const FEW_LOST = 0.1;
/** Bytes of headers of a poll, as claimed. */
const HEADERS = { least: 500, most: 2_000 };
/** Memory of an event stream relative to a WebSocket: as claimed, and without a difference. */
const MEMORY = { claimed: 0.7, same: 0.95 };
/** Bytes of an idle WebSocket, as claimed. */
const LEANEST = 5_400;
/** A broadcast that costs less by no more than this factor costs the same in practice. */
const FELT = 1.1;
/**
 * One message in flight to the most subscribers that are measured.
 * @param {string} transport
 */
export const broadcast = (transport) => ({ ...cost(transport), readers: 5_000 });
/** Bytes of a message's text in the experiments. */
export const TEXT = 100;
/** Bytes beside the text, as claimed, and how far off still counts. */
const BESIDE = { claimed: 125, factor: 2 };

/** Polls and streams to this many subscribers behind nginx, by the rows of `lab bench collapse`. */
export const BEHIND = {
  topic: "What a service behind nginx is asked and sends, for each message",
  readers: 1_000,
  cached: "1000 × polls, from a cache",
  polls: "1000 × polls, no cache",
  streams: "1000 × SSE",
  one: "1 × SSE",
};
/** One request, and a second one from clients that were late. */
const COLLAPSED = 2;

/** @type {Record<string, Rule>} */
export const ELSEWHERE_RULES = {
  "said-collapse": (e) => {
    const [cached, without] = [BEHIND.cached, BEHIND.polls].map(
      (row) => e.fact(BEHIND.topic, row, "requests")?.value,
    );
    if (cached === undefined || without === undefined) return undefined;
    if (cached > COLLAPSED) return "does-not-hold";
    return without > BEHIND.readers / 2 ? "holds-if" : "holds";
  },
  "said-no-collapse": (e) => {
    const [all, one] = [BEHIND.streams, BEHIND.one].map(
      (row) => e.fact(BEHIND.topic, row, "bytes sent")?.value,
    );
    if (all === undefined || one === undefined) return undefined;
    return all / one > BEHIND.readers / 2 ? "holds" : "does-not-hold";
  },
  "said-new-connections": (e) => {
    const opened = e.figure(rate("longpoll", SLOW), "connections");
    if (!opened) return undefined;
    return opened.value < e.counts.none ? "does-not-hold" : "holds";
  },
  "said-poll-headers": (e) => {
    const [polls, socket] = ["longpoll", "ws"].map((name) =>
      e.figure(rate(name, SLOW), "bytes both ways"),
    );
    if (!polls || !socket) return undefined;
    const beside = polls.value - socket.value;
    if (beside > HEADERS.most) return "does-not-hold";
    return beside < HEADERS.least ? "holds-if" : "holds";
  },
  "said-timeouts": (e) => {
    const [without, usual] = ["no-cursor", "usual"].map(
      (manner) => e.figure(rate("longpoll", KNEE, manner), "lost")?.value,
    );
    if (without === undefined) return undefined;
    if (usual !== undefined && usual > FEW_LOST) return "holds";
    return without > FEW_LOST ? "holds-if" : "does-not-hold";
  },
  "said-order": (e) => {
    const reordered = e.events(rate("longpoll", FAST), "reordered");
    return reordered === undefined ? undefined : reordered ? "holds" : "does-not-hold";
  },
  "said-battery": (e) => {
    const more = [0, RARE].flatMap((perSecond) =>
      ["sse", "ws"].map(
        (other) =>
          e.compare(quiet("longpoll", perSecond), quiet(other, perSecond), "wake-ups")?.outcome,
      ),
    );
    if (more.some((outcome) => outcome === undefined)) return undefined;
    const count = more.filter((outcome) => outcome === "more").length;
    return count === more.length ? "holds" : count ? "holds-if" : "does-not-hold";
  },
  "said-no-limit": () => undefined,
  "said-http2": () => undefined,
  "said-memory": (e) => {
    const share = quotient(e, idle("sse"), idle("ws"), "memory");
    if (share === undefined) return undefined;
    if (share <= MEMORY.claimed) return "holds";
    return share < MEMORY.same ? "imprecise" : "does-not-hold";
  },
  "said-leanest": (e) => {
    const found = e.figure(idle("ws"), "memory");
    if (!found) return undefined;
    return found.value < LEANEST ? "does-not-hold" : "holds";
  },
  "said-broadcast": (e) => {
    const [streams, sockets] = [broadcast("sse"), broadcast("ws")];
    const found = e.compare(streams, sockets, "operations per CPU-second");
    if (!found) return undefined;
    return found.outcome === "more" && found.ratio.value > FELT ? "holds" : "does-not-hold";
  },
  "said-batching": (e) => {
    // Not by CPU time: at more messages than that, the load generator decides how many share a
    // response.
    const [bytes, latency] = ["bytes both ways", "p50"].map(
      (figure) => e.compare(rate("longpoll", FAST), rate("sse", FAST), figure)?.outcome,
    );
    if (!bytes || !latency) return undefined;
    return bytes === "less" && latency !== "more" ? "holds" : "does-not-hold";
  },
  "said-no-resume": (e) => resumes(e, ["sse"]),
  "said-state-gone": (e) => resumes(e, TRANSPORTS),
  "said-beside-text": (e) => {
    const [stream, socket] = ["sse", "ws"].map(
      (name) => e.figure(rate(name, FAST), "bytes both ways")?.value,
    );
    if (stream === undefined || socket === undefined) return undefined;
    const beside = stream - TEXT;
    const isClose =
      beside > BESIDE.claimed / BESIDE.factor && beside < BESIDE.claimed * BESIDE.factor;
    if (!isClose) return "does-not-hold";
    // A stream's own share is what a WebSocket does not have.
    return socket - TEXT > beside / 2 ? "imprecise" : "holds";
  },
  "said-not-easy": (e) => {
    const lines = e.code("sse");
    if (!lines) return undefined;
    return lines.robust + lines.shared > 2 * lines.minimal ? "holds" : "does-not-hold";
  },
  "said-faster-socket": (e) => {
    const kept = e.compare(upstream("ws"), upstream("longpoll"), "p50")?.outcome;
    const fresh = e.compare(upstream("ws"), upstream("longpoll", "new-connection"), "p50")?.outcome;
    if (kept === undefined || fresh === undefined) return undefined;
    if (kept === "less") return "holds";
    return fresh === "less" ? "holds-if" : "does-not-hold";
  },
};

/**
 * Judges that messages are lost with a connection.
 * @param {Evidence} e @param {string[]} transports @returns {Verdict | undefined}
 */
function resumes(e, transports) {
  const lost = transports.map((name) => e.figure(comeback(name), "lost")?.value);
  if (lost.includes(undefined)) return undefined;
  return lost.some((share) => share > FEW_LOST) ? "holds" : "does-not-hold";
}

/** @param {Evidence} e @returns {number | undefined} */
function quotient(e, above, below, figure) {
  const [one, other] = [above, below].map((condition) => e.figure(condition, figure)?.value);
  return one === undefined || other === undefined ? undefined : one / other;
}
