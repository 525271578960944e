// WebSocket: one connection for both directions. Pings are answered by the platform and never shown, so whoever uses
// this has to find out by other means whether it is still alive.

import { history } from "../history.js";
import { PublishError } from "../publish.js";
import { failure, troubleOf } from "../trouble.js";
import { within } from "../within.js";
import { Replies } from "./replies.js";

// How long the service may take to say why it refused a handshake.
const EXPLAINS_WITHIN_MS = 5_000;
// How long after an error a close may take.
const CLOSES_WITHIN_MS = 100;

/**
 * @param {import("./index.js").Attempt} attempt
 * @param {import("./index.js").Platform} platform
 * @returns {Promise<void>}
 */
export function ws(attempt, platform) {
  const { signal, onRequest, onRequestEnd } = attempt;
  const socket = create(attempt, platform);
  const replies = new Replies();
  let most = Infinity;
  let [isOpen, hasEnded] = [false, false];
  onRequest(platform.now());
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => (replies.failAll(), socket.close()), { once: true });
    socket.onmessage = ({ data }) => {
      const at = platform.now();
      try {
        receive(JSON.parse(data), at);
      } catch {
        reject(failure({ detail: "a frame could not be read" }));
      }
    };
    // A close follows, but not where Chromium finds that the page's own rules forbid it.
    socket.onerror = () => setTimeout(end, CLOSES_WITHIN_MS, { code: 1006 });
    socket.onclose = end;

    async function end({ code, reason = "" }) {
      if (hasEnded) return;
      hasEnded = true;
      replies.failAll();
      onRequestEnd(platform.now());
      reject(failure(isOpen ? { detail: closeText(code, reason) } : await reasonFor(attempt, platform)));
    }
  });

  function receive(frame, at) {
    attempt.onAlive();
    if (frame.id) return attempt.onMessage(frame, at);
    if (frame.hello) return greet(frame.hello, at);
    if (frame.reset) return attempt.onReset(frame.reset);
    if (frame.ref !== undefined) replies.settle(frame);
  }

  function greet(hello, at) {
    isOpen = true;
    most = hello.max_body ?? Infinity;
    attempt.onOpen(at, { ...hello, publish });
  }

  async function publish(message, key) {
    // The service would close the connection over a frame that is larger.
    const size = new TextEncoder().encode(JSON.stringify({ message })).length;
    if (size > most) throw new PublishError(`the message has ${size} bytes, the service allows at most ${most}`, { status: 413 });
    return replies.expect((ref) => socket.send(JSON.stringify({ publish: { message, key }, ref })));
  }
}

/** @param {import("./index.js").Attempt} attempt @param {import("./index.js").Platform} platform */
function create(attempt, { WebSocket }) {
  if (!WebSocket) throw failure({ detail: "this platform has no WebSocket; pass one as an option", impossible: true });
  try {
    return new WebSocket(socketUrl(attempt));
  } catch (/** @type {any} */ error) {
    // As for a plain WebSocket on an HTTPS page.
    throw failure({ detail: error.message, impossible: true });
  }
}

/** Browsers do not say why a handshake was refused. The same question over HTTP gets an answer. */
async function reasonFor(attempt, { fetch }) {
  const { after, signal } = attempt;
  const ask = (signal) => history(attempt, { after, limit: 1 }, { fetch, signal });
  return within(EXPLAINS_WITHIN_MS, signal, ask).then(() => ({}), troubleOf);
}

/** @param {import("./index.js").Attempt} attempt */
function socketUrl({ base, channel, token, after }) {
  const query = new URLSearchParams({ channel });
  if (after) query.set("after", after);
  if (token) query.set("access_token", token);
  return `${base.replace(/^http/, "ws")}/ws?${query}`;
}

/** 1006 is the platform's own word for "no goodbye", the same whether nobody answered or a cable was cut. */
function closeText(code, reason) {
  return code === 1006 ? undefined : [`closed with ${code}`, reason].filter(Boolean).join(": ");
}
