// The settings: their limits, their form in the address, and the scale of the rate.

// The settings as the fragment of the address, so that a shared link shows the same.

/**
 * @typedef {object} Settings
 * @property {string} channel
 * @property {number} rate  messages per second, 0 for none
 * @property {number} size  bytes of each message
 * @property {Through} through
 * @property {Clients} clients  of the lanes
 * @property {boolean} present  whether the lanes are shown alone and large
 * @property {string} [needs]  the choices under "Which one?", in the format of choose/needs.js
 * @property {string} [at]  id of the element that a link led to
 * @property {import("../gate/gate.js").Link} [link]  applied to the gate; without it, the gate's
 *   link stays as it is
 * @typedef {"robust" | "naive"} Clients
 * @typedef {"auto" | "all" | "longpoll" | "sse" | "ws" | "ws-frame"} Through
 */

/** Defaults with visible movement and little load on the services. */
export const DEFAULTS = /** @type {Settings} */ ({
  channel: "main",
  rate: 2,
  size: 100,
  through: "auto",
  clients: "robust",
  present: false,
});

export const LIMITS = {
  rate: { min: 0, max: 200 },
  size: { min: 16, max: 32_768 },
  delay: { min: 0, max: 10_000 },
  jitter: { min: 0, max: 10_000 },
  bandwidth: { min: 8_000, max: 1e10 },
};

/** A stream of tokens: the size leaves no room for anything but a text of 4 characters. */
export const TOKENS = { rate: 50, size: LIMITS.size.min };

/** @param {Pick<Settings, "rate" | "size">} settings */
export const areTokens = ({ rate, size }) => rate === TOKENS.rate && size === TOKENS.size;

const THROUGH = ["auto", "all", "longpoll", "sse", "ws", "ws-frame"];

/**
 * @param {string} hash
 * @returns {Settings} the default for every setting that is missing or invalid
 */
export function readAddress(hash) {
  const text = hash.replace(/^#/, "");
  // A link within the document has nothing but its target.
  const given = new URLSearchParams(text.includes("=") ? text : { at: text });
  const at = given.get("at") ?? "";
  const channel = given.get("channel") ?? "";
  const through = given.get("through") ?? "";
  const needs = given.get("needs");
  return {
    channel: /^[A-Za-z0-9._:-]{1,128}$/.test(channel) ? channel : DEFAULTS.channel,
    rate: within(LIMITS.rate, given.get("rate")) ?? DEFAULTS.rate,
    size: Math.round(within(LIMITS.size, given.get("size")) ?? DEFAULTS.size),
    through: /** @type {Through} */ (THROUGH.includes(through) ? through : DEFAULTS.through),
    clients: given.get("clients") === "naive" ? "naive" : DEFAULTS.clients,
    present: given.has("present") || at === "present",
    ...(/^[a-z][a-z0-9-]*$/.test(at) && at !== "present" && { at }),
    ...(needs && { needs }),
    ...linkIn(given),
  };
}

/** @param {URLSearchParams} given */
function linkIn(given) {
  const delay = within(LIMITS.delay, given.get("delay"));
  if (delay === undefined) return {};
  const jitter = within(LIMITS.jitter, given.get("jitter")) ?? 0;
  return {
    link: { delay, jitter, bandwidth: within(LIMITS.bandwidth, given.get("bandwidth")) ?? null },
  };
}

/** @param {Settings} settings */
export function writeAddress(settings) {
  const { channel, rate, size, through, clients, present, link, needs, at } = settings;
  const shown = new URLSearchParams({ channel, rate: String(rate), size: String(size) });
  if (needs) shown.set("needs", needs);
  if (clients !== DEFAULTS.clients) shown.set("clients", clients);
  if (through !== DEFAULTS.through) shown.set("through", through);
  for (const [name, value] of Object.entries(link ?? {})) if (value) shown.set(name, String(value));
  if (link) shown.set("delay", String(link.delay));
  if (present) shown.set("present", "1");
  if (at) shown.set("at", at);
  return `#${shown}`;
}

/**
 * @param {{ min: number, max: number }} limits
 * @param {string | null} text
 * @returns {number | undefined}
 */
export function within({ min, max }, text) {
  const value = text?.trim() ? Number(text) : NaN;
  return Number.isNaN(value) ? undefined : Math.min(max, Math.max(min, value));
}

// The scale of the rate slider: the first stop is off, then twenty stops per decade. Also the
// position of the knee.

const SLOWEST = 0.2;
const A_DECADE = 20;
export const STOPS = 1 + A_DECADE * Math.log10(LIMITS.rate.max / SLOWEST);

/** @param {number} stop @returns {number} messages per second, two digits */
export function rateAt(stop) {
  if (stop < 1) return 0;
  return Number(Math.min(LIMITS.rate.max, SLOWEST * 10 ** ((stop - 1) / A_DECADE)).toPrecision(2));
}

/** @param {number} rate @returns {number} the stop, not rounded */
export function stopFor(rate) {
  return rate > 0 ? Math.max(1, 1 + A_DECADE * Math.log10(rate / SLOWEST)) : 0;
}

/**
 * Returns the rate of one message per round trip. Above it, messages reach long polling between two
 * polls.
 * @param {{ delay: number }} link milliseconds, one way
 * @returns {number | undefined} undefined if the link has no delay
 */
export const kneeOf = ({ delay }) => (delay > 0 ? 1000 / (2 * delay) : undefined);
