// Server-Sent Events over fetch: one response that does not end. EventSource would be shorter, but
// it hides heartbeats and status codes, cannot send a token in a header, does not exist in Node,
// and stops for good after any HTTP error.

import { connectionError, fromResponse } from "../events.js";
import { get } from "../request.js";

/**
 * @param {import("./index.js").Subscription} subscription
 * @param {import("./index.js").Platform} platform
 */
export async function sse(subscription, platform) {
  const { onRequest, onRequestEnd } = subscription;
  const { now } = platform;
  onRequest(now());
  try {
    const body = await open(subscription, platform);
    if (body) await read(body, subscription, platform);
  } finally {
    onRequestEnd(now());
  }
}

/**
 * @param {import("./index.js").Subscription} subscription
 * @param {import("./index.js").Platform} platform
 */
async function open(subscription, { fetch }) {
  const { after, signal, onEnd } = subscription;
  const response = await get(
    subscription,
    "/events",
    { after },
    { fetch, signal, headers: { accept: "text/event-stream" } },
  );
  if (!response.ok) throw connectionError(await fromResponse(response));
  const { body, headers, status } = response;
  const end = headers.get("trilane-cursor");
  // The channels had ended before.
  if (status === 204 && end) return onEnd(end);
  const type = headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream") || !body)
    throw connectionError({ detail: "the response is not an event stream" });
  return body;
}

/**
 * @param {ReadableStream<BufferSource>} body
 * @param {import("./index.js").Subscription} subscription
 * @param {import("./index.js").Platform} platform
 */
async function read(body, subscription, { now }) {
  const stream = new EventStream();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    const at = now();
    if (done) throw connectionError({ detail: "the stream ended", retryAfter: stream.retry });
    subscription.onAlive();
    for (const event of stream.push(value)) report(subscription, event, at);
  }
}

/**
 * The stream is open with its first event, not with its headers: a proxy that buffers events would
 * buffer messages too.
 * @param {import("./index.js").Subscription} subscription
 * @param {{ event: string, data: string }} received
 * @param {number} at
 */
function report({ onOpen, onMessage, onReset, onEnd }, { event, data }, at) {
  const parsed = JSON.parse(data);
  if (event === "hello") return onOpen(at, parsed);
  if (event === "reset") return onReset(parsed);
  if (event === "end") return onEnd(parsed.cursor);
  // A message may be an event of any name. An event without an id is of a later protocol.
  if (parsed.id) onMessage(parsed, at);
}

// An incremental parser for `text/event-stream` (HTML standard, 9.2.6). The client does not use
// EventSource: it hides heartbeats and status codes, cannot send a token, and in some browsers
// gives up for good.

/** @typedef {{ event: string, data: string }} StreamEvent */

export class EventStream {
  /** @type {number | undefined} reconnect time that the service sent last, milliseconds */
  retry;
  #rest = "";
  #event = "";
  /** @type {string[]} */
  #data = [];

  /**
   * Parses the next piece of the stream, wherever it was split.
   * @param {string} text
   * @returns {StreamEvent[]} the events that are complete now
   */
  push(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.map((line) => this.#line(line)).filter((event) => event !== undefined);
  }

  /** @param {string} line @returns {StreamEvent | undefined} */
  #line(line) {
    if (line === "") return this.#complete();
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") this.#data.push(value);
    if (field === "event") this.#event = value;
    if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
  }

  /** @returns {StreamEvent | undefined} */
  #complete() {
    const event = { event: this.#event || "message", data: this.#data.join("\n") };
    const isEmpty = !this.#data.length;
    this.#event = "";
    this.#data = [];
    return isEmpty ? undefined : event;
  }
}
