// WebSocket: one connection for both directions. It does not reconnect by itself and keeps no position, so both are done
// here. There is no watchdog: pings are answered by the browser and never shown to the page.

import * as clock from "../clock.js";
import { Backoff } from "./backoff.js";

/**
 * @param {import("./index.js").Subscription} subscription
 * @returns {{ publish: (message: unknown) => Promise<any> }} the way back, which only this transport has
 */
export function ws(subscription, { WebSocket = globalThis.WebSocket, now = clock.now, random = Math.random } = {}) {
  const { signal, onState, onRequest, onRequestEnd } = subscription;
  const backoff = new Backoff(random);
  const replies = new Replies();
  let { after } = subscription;
  let socket, timer;
  connect();

  function connect() {
    socket = new WebSocket(socketUrl(subscription, after));
    onRequest(now());
    socket.onmessage = ({ data }) => {
      const at = now();
      if (!signal.aborted) receive(JSON.parse(data), at);
    };
    socket.onclose = ({ code, reason }) => {
      replies.failAll(new Error("the WebSocket closed before the reply"));
      if (signal.aborted) return;
      onRequestEnd(now());
      again({ detail: closeText(code, reason) });
    };
  }

  function receive(frame, at) {
    if (frame.id) {
      after = frame.id;
      return subscription.onMessage(frame, at);
    }
    if (frame.hello) return greet(frame.hello, at);
    if (frame.reset) return subscription.onReset(frame.reset);
    if (frame.ref !== undefined) replies.settle(frame);
  }

  function greet({ cursor }, at) {
    if (!after) subscription.onCursor(cursor);
    after ??= cursor;
    backoff.reset();
    onState("open", at);
  }

  function again(trouble) {
    const wait = backoff.next();
    onState("retrying", now(), { ...trouble, retryAt: now() + wait });
    timer = setTimeout(connect, wait);
  }

  signal.addEventListener("abort", () => (clearTimeout(timer), socket.close()), { once: true });
  return {
    async publish(message) {
      if (socket.readyState !== WebSocket.OPEN) throw new Error("the WebSocket is not open");
      return replies.expect((ref) => socket.send(JSON.stringify({ publish: { message }, ref })));
    },
  };
}

/** Publications under way, by the `ref` that their reply repeats. */
class Replies {
  #waiting = new Map();
  #last = 0;

  /** @param {(ref: number) => void} send */
  expect(send) {
    const ref = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ref, { resolve, reject });
      send(ref);
    });
  }

  settle({ ref, ok, error }) {
    const waiting = this.#waiting.get(ref);
    this.#waiting.delete(ref);
    if (ok) waiting?.resolve(ok);
    else waiting?.reject(new Error(error?.detail ?? error?.title ?? "refused"));
  }

  /** @param {Error} error */
  failAll(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function socketUrl({ base, channel }, after) {
  const query = new URLSearchParams({ channel });
  if (after) query.set("after", after);
  return `${base.replace(/^http/, "ws")}/ws?${query}`;
}

/** 1006 is the browser's own word for "no goodbye", the same whether nobody answered or a cable was cut. */
function closeText(code, reason) {
  return code === 1006 ? undefined : [`closed with ${code}`, reason].filter(Boolean).join(": ");
}
