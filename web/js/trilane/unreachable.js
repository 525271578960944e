// Finds out why a service cannot be reached. Browsers do not tell a page whether the service is
// down, the service does not allow the page's origin, or the page's own policy forbids the request.

import { pause } from "./backoff.js";
import { isForeign } from "./request.js";
import { withTimeout } from "./with-timeout.js";

const RESPONSE_TIMEOUT_MS = 2_000;
// How long after a failed request a browser may take to dispatch the policy violation.
const POLICY_EVENT_MS = 50;

/**
 * @param {string} base
 * @param {{ fetch: typeof globalThis.fetch, signal: AbortSignal }} platform
 * @returns {Promise<{ detail?: string }>} empty if the service does not respond, or responds to
 *   this page after all
 */
export async function unreachableReason(base, { fetch, signal }) {
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
  return {
    detail:
      `${base} responds, but does not allow pages from ${globalThis.location.origin} ` +
      `(--origins)`,
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
export async function policyReported(signal) {
  if (globalThis.location) await pause(POLICY_EVENT_MS, signal);
}
