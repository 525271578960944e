// The sentence that explains the state of a lane. A pure function of that state.

// Long enough to be read after a return to the tab.
const SHOWN_MS = 30_000;

const DISCONTINUITIES = {
  reset: "The service no longer had all messages that this lane had missed.",
  "new log":
    "The service started a new history, so offsets start again at one. Messages in between " +
    "cannot be counted.",
};

/**
 * @param {import("../lane.js").Lane} lane
 * @param {number} now
 * @returns {string} empty when there is nothing to explain
 */
export function noticeFor({ state, base, cursor, trouble, discontinuity }, now) {
  if (trouble?.naive && state !== "open") return naive(state, trouble);
  if (state === "retrying")
    return `${what(base, trouble)} ${hint(cursor)} ${when(trouble, now)}`.replace("  ", " ");
  if (state === "off" && trouble?.impossible)
    return `The browser refuses to connect to ${base}: ${trouble.detail}`;
  if (state === "off" && trouble)
    return `${what(base, trouble)} Retrying would give the same response.`;
  if (state === "off")
    return `Disconnected.${cursor ? " Connect resumes after the last message." : ""}`;
  return discontinuity && now - discontinuity.at < SHOWN_MS
    ? DISCONTINUITIES[discontinuity.what]
    : "";
}

/**
 * @param {import("../lane.js").State} state
 * @param {import("../../trilane/connection-error.js").ConnectionError} trouble
 */
function naive(state, { detail }) {
  if (state === "off") return `The naive client stopped: ${detail}. Connect starts it again.`;
  return `The naive client lost its connection: ${detail}.`;
}

/**
 * @param {string} base
 * @param {import("../../trilane/connection-error.js").ConnectionError} [trouble]
 */
function what(base, { status, detail } = {}) {
  if (status)
    return detail
      ? `${base} responded with ${status}: ${detail.replace(/\.?$/, ".")}`
      : `${base} responded with ${status}.`;
  if (detail) return `The connection to ${base} failed: ${detail}.`;
  return `No response from ${base}.`;
}

/** Only for a service that never responded: otherwise the visitor knows how to start it. */
const hint = (cursor) => (cursor ? "" : "Is it running? Start all three with: cargo lab.");

/**
 * @param {import("../../trilane/connection-error.js").ConnectionError | undefined} trouble
 * @param {number} now
 */
function when({ retryAt = 0 } = {}, now) {
  const seconds = Math.ceil((retryAt - now) / 1000);
  return seconds > 0 ? `Retrying in ${seconds} s.` : "Retrying now.";
}
