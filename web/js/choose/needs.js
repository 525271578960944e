// The needs to choose a transport for, and five common cases.

/**
 * @typedef {object} Needs
 * @property {"down" | "both"} direction
 * @property {number} rate  messages per second to each client
 * @property {number} size  bytes per message
 * @property {number} clients  concurrent clients
 * @property {"mine" | "unknown" | "http"} proxies  who controls the network path; `http`: only
 *   complete responses get through
 * @property {"none" | "some"} loss  whether messages may be lost
 * @property {number} target  target for the median latency, milliseconds
 * @property {"h2" | "h1"} http  the version that browsers use; HTTP/1.1 has six connections to an
 *   origin
 * @property {"no" | "yes"} closed  whether a closed tab must be reached
 */

/**
 * @param {Needs["direction"]} direction
 * @param {number} rate
 * @param {number} size
 * @param {number} clients
 * @param {Needs["proxies"]} proxies
 * @param {Needs["loss"]} loss
 * @param {number} target
 * @returns {Needs} of browsers that speak HTTP/2 and have the page open
 */
const needs = (direction, rate, size, clients, proxies, loss, target) => ({
  direction,
  rate,
  size,
  clients,
  proxies,
  loss,
  target,
  http: "h2",
  closed: "no",
});

/** @type {Record<string, Needs>} by the name of their buttons */
export const PRESETS = {
  notification: needs("down", 1 / 60, 200, 10_000, "unknown", "none", 1_000),
  ticker: needs("down", 50, 100, 1_000, "mine", "some", 250),
  chat: needs("both", 1, 200, 1_000, "mine", "none", 250),
  tokens: needs("down", 40, 60, 100, "mine", "none", 250),
  game: needs("both", 60, 50, 100, "mine", "some", 100),
};

/** @type {Needs} */
export const FIRST = PRESETS.notification;

/** @type {Record<string, { min: number, max: number }>} */
export const LIMITS = {
  rate: { min: 0.001, max: 200 },
  size: { min: 16, max: 32_768 },
  clients: { min: 1, max: 10_000_000 },
  target: { min: 1, max: 60_000 },
};

/** @type {Record<string, string[]>} */
const CHOICES = {
  direction: ["down", "both"],
  proxies: ["mine", "unknown", "http"],
  loss: ["none", "some"],
  http: ["h2", "h1"],
  closed: ["no", "yes"],
};

/** In the order of the address. */
const NAMES = /** @type {(keyof Needs)[]} */ (Object.keys(FIRST));

/** @param {Needs} needs @returns {string} for the address */
export const writeNeeds = (needs) =>
  NAMES.map((name) => shortest(needs[name])).join("_");

/** @param {string | number} value */
const shortest = (value) =>
  typeof value === "number" ? String(Number(value.toPrecision(4))) : value;

/**
 * Missing and invalid values are those of a notification.
 * @param {string | undefined | null} text
 * @returns {Needs} what is left out or makes no sense is that of a notification
 */
export function readNeeds(text) {
  const given = (text ?? "").split("_");
  const entries = NAMES.map((name, index) => [
    name,
    valueOf(name, given[index]) ?? FIRST[name],
  ]);
  return /** @type {Needs} */ (Object.fromEntries(entries));
}

/** @param {keyof Needs} name @param {string | undefined} text */
function valueOf(name, text) {
  if (CHOICES[name]) return text && CHOICES[name].includes(text) ? text : undefined;
  const { min, max } = LIMITS[name];
  const value = Number(text);
  return text && !Number.isNaN(value) ? Math.min(max, Math.max(min, value)) : undefined;
}
