// Why a service could not be reached, as far as a page can find out: browsers give no reason, whether nobody answers, the service
// does not allow the page's origin, or the page's own rules forbid to ask.

import { pause } from "./backoff.js";
import { isForeign } from "./request.js";
import { within } from "./within.js";

const ANSWERS_WITHIN_MS = 2_000;
// How long after a request has failed a browser may take to fire the event that says so.
const POLICY_SPEAKS_WITHIN_MS = 50;

/**
 * @param {string} base
 * @param {{ fetch: typeof globalThis.fetch, signal: AbortSignal }} platform
 * @returns {Promise<{ detail?: string }>} nothing if nobody answers, or if the next attempt may do
 */
export async function reason(base, { fetch, signal }) {
  if (!isForeign(base)) return {};
  if (isMixed(base)) return { detail: `a page on https:// may not use ${base}: its address must begin with https:// too` };
  /** @param {RequestMode} mode */
  const answers = (mode) => {
    const ask = (/** @type {AbortSignal} */ signal) => fetch(`${base}/health/live`, { mode, signal, cache: "no-store" });
    return within(ANSWERS_WITHIN_MS, signal, ask).then(() => true, () => false);
  };
  // An answer that the page may not read says that somebody is there.
  if (!(await answers("no-cors")) || (await answers("cors"))) return {};
  return { detail: `${base} responds, but does not allow pages from ${globalThis.location.origin} (--origins)` };
}

/** What is on this machine may be used all the same. @param {string} base */
function isMixed(base) {
  const { protocol, hostname } = new URL(base);
  return globalThis.location.protocol === "https:" && protocol === "http:" && !/^(localhost|127\..*|\[::1\])$/.test(hostname);
}

/**
 * Calls back when the page's Content-Security-Policy forbids what a transport needs; Chromium then says nothing else in time.
 * @param {{ base: string, name: string }} target
 * @param {AbortSignal} signal
 * @param {(detail: string) => void} forbidden
 */
export function onForbidden({ base, name }, signal, forbidden) {
  const address = new URL(name === "ws" ? base.replace(/^http/, "ws") : base);
  const listener = (/** @type {SecurityPolicyViolationEvent} */ { blockedURI, disposition, effectiveDirective }) => {
    const isOurs = URL.canParse(blockedURI) && new URL(blockedURI).origin === address.origin;
    if (!isOurs || disposition !== "enforce" || effectiveDirective !== "connect-src") return;
    forbidden(`the page's Content-Security-Policy does not allow ${address.origin} (connect-src)`);
  };
  // A worker has no document, and hears it itself.
  (globalThis.document ?? globalThis).addEventListener?.("securitypolicyviolation", listener, { signal });
}

/**
 * Resolves when a Content-Security-Policy that forbade a failed request has been reported; at once where there is no page.
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export async function policyHasSpoken(signal) {
  if (globalThis.location) await pause(POLICY_SPEAKS_WITHIN_MS, signal);
}
