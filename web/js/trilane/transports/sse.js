// Server-Sent Events over EventSource. The browser reconnects by itself and sends Last-Event-ID, but gives up after any
// HTTP error, and Firefox after one refused retry; then a new EventSource continues from the last id. There is no
// watchdog: heartbeats are comments, which EventSource does not show.

import * as clock from "../clock.js";
import { Backoff } from "./backoff.js";

/**
 * @param {import("./index.js").Subscription} subscription
 */
export function sse(subscription, { EventSource = globalThis.EventSource, now = clock.now, random = Math.random } = {}) {
  const { signal, onMessage, onReset, onState, onRequest, onRequestEnd } = subscription;
  const backoff = new Backoff(random);
  let { after } = subscription;
  let timer;
  connect();

  function connect() {
    const source = new EventSource(streamUrl(subscription, after));
    // The browser retries without a word: such a request can be counted only when it has opened or failed.
    let awaitingRetry = false;
    onRequest(now());
    const close = () => source.close();
    signal.addEventListener("abort", close, { once: true });

    source.onopen = () => {
      if (awaitingRetry) onRequest(now());
      awaitingRetry = false;
      backoff.reset();
      onState("open", now());
    };
    source.onmessage = (event) => {
      const at = now();
      after = event.lastEventId;
      onMessage(JSON.parse(event.data), at);
    };
    source.addEventListener("reset", (event) => onReset(JSON.parse(event.data)));
    source.onerror = () => {
      if (awaitingRetry) onRequest(now());
      awaitingRetry = true;
      onRequestEnd(now());
      if (source.readyState !== EventSource.CLOSED) return onState("retrying", now());
      signal.removeEventListener("abort", close);
      again();
    };
  }

  function again() {
    const wait = backoff.next();
    onState("retrying", now(), { retryAt: now() + wait });
    timer = setTimeout(connect, wait);
  }

  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}

function streamUrl({ base, channel }, after) {
  const query = new URLSearchParams({ channel });
  if (after) query.set("after", after);
  return `${base}/events?${query}`;
}
