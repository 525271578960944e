// The decision for given needs, its words, and the measurement that checks it.

import * as reasons from "./reasons.js";
import { RECORDED } from "./recorded-costs.js";
import { IN_SENTENCE, NAMES } from "../ui/format.js";
import { about, cpuTime, idleBytes, pollsPerSecond } from "./cost.js";

// The transport for given needs: a table of reasons, each with a judgement of every transport. A
// pure function.

const ALL = reasons.NAMES;

/**
 * @typedef {import("./reasons.js").Name} Name
 * @typedef {import("./reasons.js").Reason} Reason
 * @typedef {import("./cost.js").Costs} Costs
 * @typedef {object} Decision
 * @property {Name} best
 * @property {string} because  the main reason, as a clause
 * @property {Name[]} equal  transports with the same grades that are more work
 * @property {Reason[]} reasons
 * @property {Record<Name, { fails: number, costs: number }>} grades
 * @typedef {import("./needs.js").Needs} Needs
 */

// Without other reasons, the simplest transport wins. For both directions that is the one
// connection that has both; the others need requests beside it.
const SIMPLEST = { down: ALL, both: /** @type {Name[]} */ (["ws", "sse", "longpoll"]) };

/**
 * @param {Needs} needs
 * @param {import("../claims/page-evidence.js").Lanes} [lanes]  measured with this rate and size
 * @param {Costs} [costs]  of the machine
 * @returns {Decision}
 */
export function decide(needs, lanes, costs = RECORDED) {
  const all = [
    reasons.direction(needs, costs),
    reasons.requests(needs),
    reasons.proxies(needs),
    reasons.silence(needs, costs),
    reasons.loss(needs),
    reasons.tabs(needs),
    reasons.latency(needs, costs, lanes),
    ...reasons.closedTab(needs),
    reasons.memory(needs, costs),
    reasons.broadcast(needs, costs),
    reasons.deployment(needs),
  ];
  const grades = /** @type {Decision["grades"]} */ (
    Object.fromEntries(ALL.map((name) => [name, gradesOf(all, name)]))
  );
  /** @param {Name} a @param {Name} b */
  const worse = (a, b) => grades[a].fails - grades[b].fails || grades[a].costs - grades[b].costs;
  const [best, ...others] = SIMPLEST[needs.direction].toSorted(worse);
  const equal = others.filter((name) => !worse(best, name));
  return { best, because: mainReason(best, needs), equal, reasons: all, grades };
}

/** Whether a row distinguishes the transports, or rules all of them out. @param {Reason} reason */
export const decides = ({ of }) => {
  const grades = Object.values(of).map(({ grade }) => grade);
  return new Set(grades).size > 1 || grades[0] === "fails";
};

/** @param {Name} best @param {Needs} needs */
function mainReason(best, { direction, proxies }) {
  if (best === "longpoll" && proxies === "http") return "nothing else gets through";
  if (best === "sse" && direction === "down")
    return "messages only go to clients, and one open response carries them all";
  if (best === "ws" && direction === "both")
    return "clients also send often, and a frame costs less than a request";
  return "it has the fewest costs in the table";
}

/** @param {Reason[]} all @param {Name} name */
function gradesOf(all, name) {
  const countOf = (/** @type {reasons.Grade} */ grade) =>
    all.filter(({ of }) => of[name].grade === grade).length;
  return { fails: countOf("fails"), costs: countOf("costs") };
}

// The decision in two sentences: what to use and why, and what that takes at this number of
// clients.

// Below this rate connections are mostly idle.
const RARE = 1 / 30;
const OPEN = { longpoll: "held polls", sse: "open streams", ws: "open WebSockets" };

/**
 * @param {Decision} decision
 * @param {import("./needs.js").Needs} needs
 * @param {import("./cost.js").Costs} [costs]  of the machine
 */
export const answerOf = (decision, needs, costs = RECORDED) =>
  `${choice(decision, needs)} ${capacity(decision.best, needs, costs)}`;

/** @param {Decision} decision @param {import("./needs.js").Needs} needs */
function choice({ best, because, equal, reasons, grades }, { closed }) {
  if (closed === "yes")
    return (
      `None of the three reaches a closed tab, for which there is Web Push; for open tabs, ` +
      `${NAMES[best]}.`
    );
  const failing = reasons.filter(({ of }) => of[best].grade === "fails");
  if (grades[best].fails)
    return (
      `${NAMES[best]}, but none of the three meets every requirement: ` +
      `${failing.map(({ title }) => title.toLowerCase()).join(", ")}.`
    );
  return `${NAMES[best]}: ${because}${equal.length ? others(equal) : ""}.`;
}

/** @param {Name[]} equal */
function others(equal) {
  const names = equal.map((name) => IN_SENTENCE[name]).join(" and ");
  const [score, be] = equal.length > 1 ? ["score", "are"] : ["scores", "is"];
  return ` (${names} ${score} the same but ${be} more work)`;
}

/**
 * @param {Name} best
 * @param {import("./needs.js").Needs} needs
 * @param {import("./cost.js").Costs} costs
 */
function capacity(best, { rate, clients }, { memory, kernel, perCpu }) {
  const count = clients.toLocaleString("en");
  const perSecond = Math.round(pollsPerSecond(rate) * clients).toLocaleString("en");
  const polls = `${perSecond} requests per second`;
  const idle =
    rate > RARE ? "" : ` and ${about(idleBytes("longpoll", clients))}/s of headers while idle`;
  const other = best === "longpoll" ? "they" : "long polling would";
  return (
    `${count} ${OPEN[best]} need ${about(memory[best] * clients)} of memory in the service and ` +
    `up to ${about(kernel[best] * clients)} in the kernel, and ` +
    `${cpuTime(clients / perCpu[best])} of CPU time for a message to all of them; ` +
    `${other} send up to ${polls}${idle}.`
  );
}

// The measurement for given needs: its rate, size and duration.

// Rare messages are as far apart as these two: each is alone on its way. At one a minute, a median
// would take half an hour.
const MIN_RATE = 2;
/** Enough for a median. */
const MESSAGES = 25;
const MIN_SECONDS = 12;
/** The waits before and after the measurement, on the default link. */
const WAITS_SECONDS = 3;

/**
 * @param {Pick<import("./needs.js").Needs, "rate" | "size">} needs
 * @returns {{ settings: { rate: number, size: number }, seconds: number, duration: number }}
 *   `seconds` of messages; `duration` with the waits
 */
export function planFor({ rate, size }) {
  const settings = { rate: Math.max(MIN_RATE, rate), size };
  const seconds = Math.max(MIN_SECONDS, Math.ceil(MESSAGES / settings.rate));
  return { settings, seconds, duration: seconds + WAITS_SECONDS };
}

/**
 * Returns whether a measurement for one need also holds for another.
 * @param {Pick<import("./needs.js").Needs, "rate" | "size">} one
 * @param {Pick<import("./needs.js").Needs, "rate" | "size">} other
 */
export const isSamePlan = (one, other) =>
  JSON.stringify(planFor(one)) === JSON.stringify(planFor(other));
