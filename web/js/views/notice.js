// The words with which a lane explains itself where it stands. Pure: state in, sentence out.

// Long enough to be read after coming back to the tab, short enough not to become part of the furniture.
const NEWS_MS = 30_000;

const BREACHES = {
  reset: "The service no longer held everything that this lane had not seen yet.",
  "new log": "The service began a new log, so ids count from one again. What came between cannot be counted.",
};

/**
 * @param {import("../lane.js").Lane} lane
 * @param {number} now
 * @returns {string} empty when there is nothing to explain
 */
export function noticeFor({ state, base, cursor, trouble, breach }, now) {
  if (trouble?.naive && state !== "open") return `The naive client failed: ${trouble.detail}.${state === "off" ? " Connect runs it anew." : ""}`;
  if (state === "retrying") return `${what(base, trouble)} ${hint(cursor)} ${when(trouble, now)}`.replace("  ", " ");
  if (state === "off" && trouble?.impossible) return `The browser refuses to connect to ${base}: ${trouble.detail}`;
  if (state === "off" && trouble) return `${what(base, trouble)} Asked again, it would answer the same.`;
  if (state === "off") return `Disconnected.${cursor ? " Connecting again continues after the last message." : ""}`;
  return breach && now - breach.at < NEWS_MS ? BREACHES[breach.what] : "";
}

/** @param {string} base @param {import("../trilane/trouble.js").Trouble} [trouble] */
function what(base, { status, detail } = {}) {
  if (status) return detail ? `${base} answered ${status}: ${detail.replace(/\.?$/, ".")}` : `${base} answered ${status}.`;
  if (detail) return `The connection to ${base} failed: ${detail}.`;
  return `Nothing answers at ${base}.`;
}

/** Only for a service that was never there: who has seen it run knows how it is started. */
const hint = (cursor) => (cursor ? "" : "Is it running? Start all three with: cargo lab.");

/** @param {import("../trilane/trouble.js").Trouble | undefined} trouble @param {number} now */
function when({ retryAt = 0 } = {}, now) {
  const seconds = Math.ceil((retryAt - now) / 1000);
  return seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again now.";
}
