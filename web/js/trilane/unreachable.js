// Finds out why a service cannot be reached. Browsers do not tell a page whether the service is
// down, the service does not allow the page's origin, or the page's own policy forbids the request.

import { pause } from "./time.js";
import { isForeign, withTimeout } from "./request.js";

const RESPONSE_TIMEOUT_MS = 2_000;
// How long after a failed request a browser may take to dispatch the policy violation.
const POLICY_EVENT_MS = 50;

/**
 * @param {string} base
 * @param {{ fetch: typeof globalThis.fetch, signal: AbortSignal }} platform
 * @returns {Promise<{ detail?: string }>} empty if the service does not respond, or responds to
 *   this page after all
 */
async function unreachableReason(base, { fetch, signal }) {
  if (!isForeign(base)) return {};
  if (isMixedContent(base))
    return {
      detail: `a page on https:// may not use ${base}: its address must begin with https:// too`,
    };
  /** @param {RequestMode} mode */
  const responds = (mode) => {
    const request = (/** @type {AbortSignal} */ signal) =>
      fetch(`${base}/health/live`, { mode, signal, cache: "no-store" });
    return withTimeout(RESPONSE_TIMEOUT_MS, signal, request).then(
      () => true,
      () => false,
    );
  };
  // A response that the page may not read shows that the service is up.
  if (!(await responds("no-cors")) || (await responds("cors"))) return {};
  const { origin } = globalThis.location;
  return {
    detail:
      `${base} responds, but does not allow pages from ${origin}: ` +
      `start it with --origins ${origin}`,
  };
}

/** Loopback addresses are exempt from the mixed-content rule. @param {string} base */
function isMixedContent(base) {
  const { protocol, hostname } = new URL(base);
  return (
    globalThis.location.protocol === "https:" &&
    protocol === "http:" &&
    !/^(localhost|127\..*|\[::1\])$/.test(hostname)
  );
}

/**
 * Calls back when the page's Content-Security-Policy forbids a transport. Chromium reports nothing
 * else in time.
 * @param {{ base: string, name: string }} target
 * @param {AbortSignal} signal
 * @param {(detail: string) => void} callback
 */
export function onPolicyViolation({ base, name }, signal, callback) {
  const address = new URL(name === "ws" ? base.replace(/^http/, "ws") : base);
  const listener = (
    /** @type {SecurityPolicyViolationEvent} */ { blockedURI, disposition, effectiveDirective },
  ) => {
    const isOurs = URL.canParse(blockedURI) && new URL(blockedURI).origin === address.origin;
    if (!isOurs || disposition !== "enforce" || effectiveDirective !== "connect-src") return;
    callback(`the page's Content-Security-Policy does not allow ${address.origin} (connect-src)`);
  };
  // A worker has no document and receives the event itself.
  (globalThis.document ?? globalThis).addEventListener?.("securitypolicyviolation", listener, {
    signal,
  });
}

/**
 * Resolves when the browser has had time to report a policy that forbade a failed request; at once
 * outside of a page.
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
async function policyReported(signal) {
  if (globalThis.location) await pause(POLICY_EVENT_MS, signal);
}

// The reason of a connection that never opened, if none is known.

/**
 * @param {import("./events.js").ConnectionError} error
 * @param {Pick<import("./attempt.js").Attempt, "target" | "owner" | "options">} attempt
 * @param {AbortSignal} signal
 * @returns {Promise<import("./events.js").ConnectionError>}
 */
export async function explained(error, { target, owner, options }, signal) {
  if (error.detail || error.status) return error;
  const [found] = await Promise.all([
    owner.hasOpened()
      ? error
      : unreachableReason(target.base, { fetch: options.platform.fetch, signal }),
    // A transport that has opened before is not forbidden, so its reconnect does not wait.
    owner.hasOpened(target.name) || policyReported(signal),
  ]);
  // In Firefox the constructor of a forbidden WebSocket throws an exception without a message.
  return { ...error, ...found };
}
