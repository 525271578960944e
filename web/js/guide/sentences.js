// The sentences of the guided minute: what has just happened, in measured figures. Pure functions.

import { kneeOf } from "../page/settings.js";
import { IN_SENTENCE as NAMES, capital, milliseconds, seconds } from "../ui/format.js";

/** @type {Record<string, string>} */
const HAPPENED = {
  cut: "Every connection was reset.",
  "black-hole": "All bytes vanished for 5 s.",
  down: "The services were down for 3 s.",
  "bad-gateway": "Every request got 502 for 3 s.",
  latency: "Each way took 400 ms for 4 s.",
  buffer: "A proxy held the responses for 5 s.",
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
 */
export function robust(lanes) {
  return `${capital(lanes.map(clause).join(", "))}. ${losses(lanes)}`;
}

/**
 * @param {import("./aftermath.js").Aftermath[]} lanes of robust clients
 * @param {import("./aftermath.js").Aftermath[]} companions of naive clients
 */
export function naiveBesideRobust(lanes, companions) {
  return `Naive clients: ${companions.map(naiveClause).join("; ")}. Robust clients: ${
    lanes.map(clause).join(", ")
  }. ${losses(lanes)}`;
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

/** @param {import("./aftermath.js").Aftermath} aftermath */
function clause({ lane, state, back, slowest }) {
  const name = NAMES[lane];
  if (state === "away") return `${name} is not back yet`;
  if (state === "stopped") return `${name} stopped`;
  const longest = slowest === undefined ? "" : ` (slowest message ${seconds(slowest)})`;
  return state === "back"
    ? `${name} was back after ${seconds(back)}${longest}`
    : `${name} stayed open${longest}`;
}

/** @param {import("./aftermath.js").Aftermath} aftermath */
function naiveClause({ lane, state, back, missing }) {
  const name = NAMES[lane];
  const lost = missing ? ` and missed ${missing}` : " and missed nothing";
  if (state === "stopped") return `${name} stopped for good${lost} so far`;
  if (state === "away") return `${name} is away${missing ? `${lost} so far` : ""}`;
  return `${name} ${state === "back" ? `was back after ${seconds(back)}` : "stayed open"}${lost}`;
}

/** @param {import("./aftermath.js").Aftermath[]} lanes */
function losses(lanes) {
  const losing = lanes.filter(({ missing }) => missing);
  const misses = losing.map(({ lane, missing }) => `${NAMES[lane]} misses ${missing}`);
  if (misses.length) return `${capital(list(misses))}.`;
  return lanes.every(({ state }) => state === "untouched" || state === "back")
    ? "No message is missing: each resumed after its last one."
    : "No message is missing so far.";
}

/** @param {string[]} parts */
export const list = (parts) =>
  parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : parts.join();

/** @param {number} value */
const round = (value) => Number(value.toPrecision(2));
