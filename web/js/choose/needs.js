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
 */

/** @type {Record<string, { title: string, needs: Needs }>} */
export const PRESETS = {
  notification: {
    title: "Notifications, 1 per minute",
    needs: {
      direction: "down",
      rate: 1 / 60,
      size: 200,
      clients: 10_000,
      proxies: "unknown",
      loss: "none",
      target: 1_000,
    },
  },
  ticker: {
    title: "Ticker, 50 per second",
    needs: {
      direction: "down",
      rate: 50,
      size: 100,
      clients: 1_000,
      proxies: "mine",
      loss: "some",
      target: 250,
    },
  },
  chat: {
    title: "Chat",
    needs: {
      direction: "both",
      rate: 1,
      size: 200,
      clients: 1_000,
      proxies: "mine",
      loss: "none",
      target: 250,
    },
  },
  tokens: {
    title: "Token stream",
    needs: {
      direction: "down",
      rate: 40,
      size: 60,
      clients: 100,
      proxies: "mine",
      loss: "none",
      target: 250,
    },
  },
  game: {
    title: "Game, 60 per second, both directions",
    needs: {
      direction: "both",
      rate: 60,
      size: 50,
      clients: 100,
      proxies: "mine",
      loss: "some",
      target: 100,
    },
  },
};

/** @type {Needs} */
export const FIRST = PRESETS.notification.needs;

export const LIMITS = {
  rate: { min: 0.001, max: 200 },
  size: { min: 16, max: 32_768 },
  clients: { min: 1, max: 10_000_000 },
  target: { min: 1, max: 60_000 },
};

const CHOICES = {
  direction: ["down", "both"],
  proxies: ["mine", "unknown", "http"],
  loss: ["none", "some"],
};

/** @param {Needs} needs @returns {string} for the address */
export const writeNeeds = (needs) =>
  Object.keys(FIRST)
    .map((name) => shortest(needs[name]))
    .join("_");

const shortest = (value) =>
  typeof value === "number" ? String(Number(value.toPrecision(4))) : value;

/**
 * Missing and invalid values are those of a notification.
 * @param {string | undefined | null} text
 * @returns {Needs} what is left out or makes no sense is that of a notification
 */
export function readNeeds(text) {
  const given = (text ?? "").split("_");
  const entries = Object.keys(FIRST).map((name, index) => [
    name,
    valueOf(name, given[index]) ?? FIRST[name],
  ]);
  return /** @type {Needs} */ (Object.fromEntries(entries));
}

function valueOf(name, text) {
  if (CHOICES[name]) return CHOICES[name].includes(text) ? text : undefined;
  const { min, max } = LIMITS[name];
  const value = Number(text);
  return text && !Number.isNaN(value) ? Math.min(max, Math.max(min, value)) : undefined;
}
