// The sentences of the guided minute: what has just happened, in measured figures. Pure functions.

import { kneeOf } from "../page/settings.js";
import { IN_SENTENCE as NAMES, capital, milliseconds, seconds } from "../ui/format.js";

/** @type {Record<string, string>} */
const HAPPENED = {
  cut: "Every connection was reset.",
  "black-hole": "5 s in which all bytes vanish.",
  down: "3 s without services.",
  "bad-gateway": "3 s of 502 for every request.",
  latency: "4 s with 400 ms each way.",
  buffer: "5 s behind a proxy that holds responses.",
};

/** @param {string} name of a scenario */
export const happened = (name) => HAPPENED[name] ?? `Fault: ${name}.`;

/** @param {number} rate messages per second */
export const measuring = (rate) =>
  rate
    ? `Measuring at ${rate} ${rate === 1 ? "message" : "messages"} per second …`
    : "Nothing is sent: choose a rate above 0.";

/**
 * @param {import("../lanes/knee.js").Reading} reading below the knee
 */
export function watched({ rate, lanes }) {
  return (
    `At ${rate} ${rate === 1 ? "message" : "messages"} per second, the median latency is ` +
    `${medians(lanes)}. ${requests(lanes)}`
  );
}

/**
 * @param {import("../lanes/knee.js").Reading} above
 * @param {{ delay: number }} link
 * @param {import("../lanes/knee.js").Reading} [below]
 */
export function pastTheKnee({ rate, lanes }, link, below) {
  const knee = kneeOf(link);
  return [
    knee && `This link fits ${round(knee)} round trips per second.`,
    `At ${rate} messages per second, the median latency is ${medians(lanes)}.`,
    below && `At ${below.rate} per second it was ${medians(below.lanes)}.`,
    requests(lanes, ", which waited for the next poll"),
  ]
    .filter(Boolean)
    .join(" ");
}

/**
 * @param {import("./aftermath.js").Aftermath[]} lanes of robust clients
 * @param {boolean} [lasts]  whether the fault is still active
 */
export function robust(lanes, lasts) {
  return `${capital(clauses(lanes, lasts))}. ${losses(lanes, lasts)}`;
}

/**
 * @param {import("./aftermath.js").Aftermath[]} lanes of robust clients
 * @param {import("./aftermath.js").Aftermath[]} companions of naive clients
 * @param {boolean} [lasts]  whether the fault is still active
 */
export function naiveBesideRobust(lanes, companions, lasts) {
  return `Naive clients: ${
    companions.map((lane) => naiveClause(lane, lasts)).join("; ")
  }. Robust clients: ${clauses(lanes, lasts)}. ${losses(lanes, lasts)}`;
}

/** @param {Record<string, import("../lanes/knee.js").Figures>} lanes */
const medians = (lanes) =>
  list(
    Object.entries(lanes).map(([name, { median }]) => `${milliseconds(median)} (${NAMES[name]})`),
  );

/** @param {Record<string, import("../lanes/knee.js").Figures>} lanes */
function requests({ longpoll }, more = "") {
  if (!longpoll) return "";
  const { messages, requests } = longpoll;
  return `Long polling sent ${requests} requests for ${messages} messages${more}.`;
}

/** @param {import("./aftermath.js").Aftermath[]} lanes @param {boolean} [lasts] */
const clauses = (lanes, lasts) => lanes.map((lane) => clause(lane, lasts)).join(", ");

/** @param {import("./aftermath.js").Aftermath} aftermath @param {boolean} [lasts] */
function clause({ lane, state, back, slowest }, lasts) {
  const name = NAMES[lane];
  if (state === "away") return `${name} is not back yet`;
  if (state === "stopped") return `${name} stopped`;
  const longest = slowest === undefined ? "" : ` (slowest message ${seconds(slowest)})`;
  return `${name} ${wasOpen(state, back, lasts)}${longest}`;
}

/** @param {string} state @param {number} [back] @param {boolean} [lasts] */
function wasOpen(state, back, lasts) {
  if (state === "back") return `was back after ${seconds(back)}`;
  return lasts ? "is still open" : "stayed open";
}

/** @param {import("./aftermath.js").Aftermath} aftermath @param {boolean} [lasts] */
function naiveClause({ lane, state, back, missing }, lasts) {
  const name = NAMES[lane];
  const lost = missing ? ` and missed ${missing}` : " and missed nothing";
  if (state === "stopped") return `${name} stopped for good${lost} so far`;
  if (state === "away") return `${name} is away${missing ? `${lost} so far` : ""}`;
  return `${name} ${wasOpen(state, back, lasts)}${lost}`;
}

/** @param {import("./aftermath.js").Aftermath[]} lanes @param {boolean} [lasts] */
function losses(lanes, lasts) {
  const losing = lanes.filter(({ missing }) => missing);
  const misses = losing.map(({ lane, missing }) => `${NAMES[lane]} misses ${missing}`);
  if (misses.length) return `${capital(list(misses))}.`;
  const states = lanes.map(({ state }) => state);
  if (lasts || states.includes("away") || states.includes("stopped"))
    return "No message is missing so far.";
  return states.includes("back")
    ? "No message is missing: each resumed after its last one."
    : "No message is missing.";
}

/** @param {string[]} parts */
export const list = (parts) =>
  parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : parts.join();

/** @param {number} value */
const round = (value) => Number(value.toPrecision(2));
