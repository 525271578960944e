// The rule of each claim about the three transports: evidence in, a verdict out. The page and
// docs/claims.md use the same rules; only the source of the evidence differs (page-evidence.js,
// ../../tools/claims/result-evidence.js).

import { FAST, KNEE, SLOW, cost, opening, rate, upstream } from "./conditions.js";
import { PROCESS_RULES } from "./process-rules.js";

/**
 * @typedef {"holds" | "holds-if" | "imprecise" | "does-not-hold" | "not-measurable"} Verdict  the
 *   words of claims.json
 * @typedef {import("./conditions.js").Condition} Condition
 * @typedef {import("../results/bootstrap.js").Estimate} Estimate
 * @typedef {{ outcome: "less" | "more" | "same", ratio?: Estimate }} Comparison
 *
 * Each figure is undefined where it was not measured.
 * @typedef {object} Evidence
 * @property {(condition: Condition, figure: string) => Estimate | undefined} figure
 * @property {(first: Condition, second: Condition, figure: string) => Comparison | undefined}
 *   compare
 * @property {(what: string) => any} observed  what only a page can observe
 * @property {(text: string, n: number, needs?: number) => void} say  describes an
 *   observation of `n` samples; `needs` is how many it takes
 * @property {(condition: Condition, figure: string) => void} also  a figure to show that decides
 *   nothing
 * @property {{ one: [number, number], none: number }} counts  the bounds of "about one" and "about
 *   none" per operation
 *
 * @typedef {(evidence: Evidence) => Verdict | undefined} Rule  undefined where nothing was measured
 */

// Losses below this share, in percent, count as none.
const FEW_LOST = 0.1;

/** @type {Record<string, Rule>} */
const TRANSPORT_RULES = {
  "protocol-longpoll": (e) =>
    either(one(e, rate("longpoll", SLOW), "requests"), "holds", "does-not-hold"),
  "protocol-sse": (e) =>
    either(
      all(one(e, opening("sse"), "requests"), none(e, rate("sse", SLOW), "requests")),
      "holds",
      "does-not-hold",
    ),
  "protocol-ws": (e) =>
    either(
      all(
        one(e, opening("ws"), "requests"),
        ...["ws", "longpoll", "sse"].map((name) => one(e, opening(name), "connections")),
      ),
      "imprecise",
      "holds",
    ),
  "direction-longpoll": (e) => either(publishes(e, "longpoll"), "imprecise", "does-not-hold"),
  "direction-sse": (e) => either(publishes(e, "sse"), "holds", "does-not-hold"),
  "direction-ws": (e) =>
    either(
      all(none(e, upstream("ws"), "requests"), none(e, upstream("ws"), "connections")),
      "holds",
      "does-not-hold",
    ),
  "connection-longpoll": (e) =>
    either(one(e, rate("longpoll", SLOW), "requests"), "holds", "does-not-hold"),
  "connection-sse": (e) => oneConnection(e, "sse"),
  "connection-ws": (e) => oneConnection(e, "ws"),
  "complexity-longpoll": loses,
  "complexity-sse": stopsForGood,
  // A page cannot count lines of code, so it compares the times to open: a socket that opens sooner
  // than a stream is not more complex for its handshake.
  "complexity-ws": (e) =>
    either(is(e, "less", opening("ws"), opening("sse"), "p50"), "imprecise", "holds"),
  "use-longpoll": (e) =>
    either(
      is(e, "same", rate("longpoll", SLOW), rate("ws", SLOW), "p50"),
      "holds",
      "does-not-hold",
    ),
  "use-sse": (e) =>
    either(is(e, "more", rate("sse", FAST), rate("ws", FAST), "p50"), "does-not-hold", "holds"),
  "use-ws": (e) =>
    either(
      all(
        is(e, "less", rate("ws", FAST), rate("longpoll", FAST), "p50"),
        is(e, "less", upstream("ws"), upstream("sse"), "bytes both ways"),
      ),
      "holds",
      "does-not-hold",
    ),
  "browsers-longpoll": (e) => supported(e, "longpoll", "fetch"),
  "browsers-sse": (e) => supported(e, "sse", "EventSource"),
  "browsers-ws": (e) => supported(e, "ws", "WebSocket"),
  "efficiency-longpoll": (e) => {
    const [polls, stream] = [rate("longpoll", FAST), rate("sse", FAST)];
    const costs = [
      is(e, "more", polls, stream, "p50"),
      is(e, "more", polls, stream, "bytes both ways"),
      is(e, "less", cost("longpoll"), cost("sse"), "operations per CPU-second"),
    ];
    return either(all(...costs), "holds", "does-not-hold");
  },
  "efficiency-sse": (e) =>
    either(
      all(
        ...[SLOW, FAST].map((perSecond) =>
          is(e, "less", rate("sse", perSecond), rate("longpoll", perSecond), "bytes both ways"),
        ),
      ),
      "holds",
      "does-not-hold",
    ),
  "efficiency-ws": (e) => {
    const [polling, stream] = ["longpoll", "sse"].map((other) =>
      is(e, "less", rate("ws", FAST), rate(other, FAST), "p50"),
    );
    return either(polling, stream ? "holds" : "holds-if", "does-not-hold");
  },
};

/** @type {Record<string, Rule>} */
export const RULES = {
  ...TRANSPORT_RULES,
  ...PROCESS_RULES,
};

/** @param {boolean | undefined} so @param {Verdict} then @param {Verdict} otherwise */
export function either(so, then, otherwise) {
  if (so === undefined) return undefined;
  return so ? then : otherwise;
}

/** Whether all known parts are true. @param {...(boolean | undefined)} parts */
function all(...parts) {
  const known = parts.filter((part) => part !== undefined);
  return known.length ? known.every(Boolean) : undefined;
}

/** @param {Evidence} e @param {Condition} condition @param {string} figure */
export function one(e, condition, figure) {
  const [least, most] = e.counts.one;
  const found = e.figure(condition, figure);
  return found && found.value >= least && found.value <= most;
}

/** @param {Evidence} e @param {Condition} condition @param {string} figure */
function none(e, condition, figure) {
  const found = e.figure(condition, figure);
  return found && found.value < e.counts.none;
}

/**
 * @param {Evidence} e
 * @param {Comparison["outcome"]} outcome
 * @param {Condition} first
 * @param {Condition} second
 * @param {string} figure
 */
export function is(e, outcome, first, second, figure) {
  const found = e.compare(first, second, figure);
  return found && found.outcome === outcome;
}

/** Whether each published message is a request. @param {Evidence} e @param {string} transport */
function publishes(e, transport) {
  e.also(upstream(transport), "bytes up");
  return one(e, upstream(transport), "requests");
}

/** @type {(e: Evidence, transport: string) => Verdict | undefined} */
function oneConnection(e, transport) {
  return either(
    all(one(e, opening(transport), "connections"), none(e, rate(transport, FAST), "connections")),
    "holds",
    "does-not-hold",
  );
}

/** Whether a long poll without a cursor loses messages. @type {Rule} */
export function loses(e) {
  const lost = [SLOW, KNEE, FAST]
    .map((perSecond) => e.figure(rate("longpoll", perSecond, "no-cursor"), "lost"))
    .filter((found) => found !== undefined);
  e.also(rate("longpoll", KNEE), "lost");
  return either(
    lost.length ? lost.some(({ value }) => value > FEW_LOST) : undefined,
    "holds-if",
    "holds",
  );
}

/** Whether EventSource stops for good after an error. @type {Rule} */
function stopsForGood(e) {
  const refused = e.observed("refused");
  if (!refused) return undefined;
  const { closedAfter, errors, seconds } = refused;
  const forGood = closedAfter !== undefined && errors === 1;
  e.say(
    forGood
      ? `stopped after one error: no further request in ${seconds} s`
      : `tried again after an error: ${errors} times in ${seconds} s`,
    errors,
  );
  return forGood ? "holds-if" : "holds";
}

/** @type {(e: Evidence, transport: string, feature: string) => Verdict | undefined} */
function supported(e, transport, feature) {
  const features = e.observed("support");
  if (!features) return undefined;
  e.say(`This browser ${features[transport] ? "has" : "lacks"} ${feature}`, 1);
  return features[transport] ? "holds" : "does-not-hold";
}
