// WebSocket: one connection for both directions. The platform replies to pings and never shows
// them, so the caller must find out by other means whether the connection is alive.

import { connectionError, toConnectionError } from "../events.js";
import { history, withTimeout } from "../request.js";
import { PendingReplies, PublishError } from "../publisher.js";

// How long the service may take to explain a refused handshake.
const EXPLANATION_TIMEOUT_MS = 5_000;
// How long after an error the close event may take.
const CLOSE_TIMEOUT_MS = 100;

/**
 * @param {import("./index.js").Subscription} subscription
 * @param {import("./index.js").Platform} platform
 * @returns {Promise<void>}
 */
export function ws(subscription, platform) {
  const { signal, onRequest, onRequestEnd } = subscription;
  const socket = create(subscription, platform);
  const replies = new PendingReplies();
  let maxBody = Infinity;
  let isOpen = false;
  let hasEnded = false;
  onRequest(platform.now());
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => (replies.failAll(), socket.close()), { once: true });
    socket.onmessage = (/** @type {{ data: string }} */ { data }) => {
      const at = platform.now();
      try {
        receive(JSON.parse(data), at);
      } catch {
        reject(connectionError({ detail: "a frame could not be read" }));
      }
    };
    // A close event follows, except where Chromium finds that the page's policy forbids the
    // connection.
    socket.onerror = () => setTimeout(end, CLOSE_TIMEOUT_MS, { code: 1006 });
    socket.onclose = end;

    /** @param {{ code: number, reason?: string }} event */
    async function end({ code, reason = "" }) {
      if (hasEnded) return;
      hasEnded = true;
      replies.failAll();
      onRequestEnd(platform.now());
      reject(
        connectionError(
          isOpen
            ? { detail: closeText(code, reason) }
            : await refusalReason(subscription, platform),
        ),
      );
    }
  });

  /** @param {any} frame @param {number} at */
  function receive(frame, at) {
    subscription.onAlive();
    if (frame.id) return subscription.onMessage(frame, at);
    if (frame.hello) return open(frame.hello, at);
    if (frame.reset) return subscription.onReset(frame.reset);
    if (frame.end) return subscription.onEnd(frame.end.cursor);
    if (frame.ref !== undefined) replies.settle(frame);
  }

  /** @param {import("./index.js").Opened & { max_body?: number }} hello @param {number} at */
  function open(hello, at) {
    isOpen = true;
    maxBody = hello.max_body ?? Infinity;
    subscription.onOpen(at, { ...hello, publish, request });
  }

  /** @param {object} frame */
  function request(frame) {
    return replies.expect((ref) => socket.send(JSON.stringify({ ...frame, ref })));
  }

  /** @type {import("./index.js").Publish} */
  async function publish(content, key) {
    // The service would close the connection for a larger frame.
    const { message = null } = content;
    const size = new TextEncoder().encode(JSON.stringify({ message })).length;
    if (size > maxBody)
      throw new PublishError(
        `the message has ${size} bytes, the service allows at most ${maxBody}`,
        { status: 413 },
      );
    return request({ publish: { ...content, key } });
  }
}

/**
 * @param {import("./index.js").Subscription} subscription
 * @param {import("./index.js").Platform} platform
 */
function create(subscription, { WebSocket }) {
  if (!WebSocket)
    throw connectionError({
      detail: "this platform has no WebSocket; pass one as an option",
      impossible: true,
    });
  try {
    return new WebSocket(socketUrl(subscription));
  } catch (/** @type {any} */ error) {
    // For instance a plain WebSocket on an HTTPS page.
    throw connectionError({ detail: error.message, impossible: true });
  }
}

/**
 * Browsers hide why a handshake was refused. The same request over HTTP gets a response with the
 * reason.
 * @param {import("./index.js").Subscription} subscription
 * @param {import("./index.js").Platform} platform
 */
async function refusalReason(subscription, { fetch }) {
  const { after, signal } = subscription;
  const request = (/** @type {AbortSignal} */ signal) =>
    history(subscription, { after, limit: 1 }, { fetch, signal });
  return withTimeout(EXPLANATION_TIMEOUT_MS, signal, request).then(() => ({}), toConnectionError);
}

/** @param {import("./index.js").Subscription} subscription */
function socketUrl({ base, channel, token, after }) {
  const query = new URLSearchParams({ channel });
  if (after) query.set("after", after);
  if (token) query.set("access_token", token);
  return `${base.replace(/^http/, "ws")}/ws?${query}`;
}

/**
 * Code 1006 means "no close frame" (RFC 6455, 7.1.5), whatever the cause, so it explains nothing.
 * @param {number} code @param {string} reason
 */
function closeText(code, reason) {
  return code === 1006 ? undefined : [`closed with ${code}`, reason].filter(Boolean).join(": ");
}
