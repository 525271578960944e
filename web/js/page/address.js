// The settings as the fragment of the address, so that a shared link shows the same.

/**
 * @typedef {object} Settings
 * @property {string} channel
 * @property {number} rate  messages per second, 0 for none
 * @property {number} size  bytes of each message
 * @property {Through} through
 * @property {Clients} clients  of the lanes
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
});

export const LIMITS = {
  rate: { min: 0, max: 200 },
  size: { min: 16, max: 32_768 },
  delay: { min: 0, max: 10_000 },
  jitter: { min: 0, max: 10_000 },
  bandwidth: { min: 8_000, max: 1e10 },
};

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
  return {
    channel: /^[A-Za-z0-9._:-]{1,128}$/.test(channel) ? channel : DEFAULTS.channel,
    rate: within(LIMITS.rate, given.get("rate")) ?? DEFAULTS.rate,
    size: Math.round(within(LIMITS.size, given.get("size")) ?? DEFAULTS.size),
    through: /** @type {Through} */ (THROUGH.includes(through) ? through : DEFAULTS.through),
    clients: given.get("clients") === "naive" ? "naive" : DEFAULTS.clients,
    ...(/^[a-z][a-z0-9-]*$/.test(at) && { at }),
    ...(given.get("needs") && { needs: given.get("needs") }),
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
export function writeAddress({ channel, rate, size, through, clients, link, needs, at }) {
  const shown = new URLSearchParams({ channel, rate: String(rate), size: String(size) });
  if (needs) shown.set("needs", needs);
  if (clients !== DEFAULTS.clients) shown.set("clients", clients);
  if (through !== DEFAULTS.through) shown.set("through", through);
  for (const [name, value] of Object.entries(link ?? {})) if (value) shown.set(name, String(value));
  if (link) shown.set("delay", String(link.delay));
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
