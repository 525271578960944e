// Server-Sent Events over fetch: one response that does not end. EventSource would be shorter, but
// it hides heartbeats and status codes, cannot send a token in a header, does not exist in Node,
// and stops for good after any HTTP error.

import { connectionError, fromResponse } from "../connection-error.js";
import { EventStream } from "../event-stream.js";
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
    await read(await open(subscription, platform), subscription, platform);
  } finally {
    onRequestEnd(now());
  }
}

/** @param {import("./index.js").Subscription} subscription */
async function open(subscription, { fetch }) {
  const { after, signal } = subscription;
  const response = await get(
    subscription,
    "/events",
    { after },
    { fetch, signal, headers: { accept: "text/event-stream" } },
  );
  if (!response.ok) throw connectionError(await fromResponse(response));
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream"))
    throw connectionError({ detail: "the response is not an event stream" });
  return response;
}

async function read(response, subscription, { now }) {
  const stream = new EventStream();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
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
 */
function report({ onOpen, onMessage, onReset }, { event, data }, at) {
  if (event === "hello") onOpen(at, JSON.parse(data));
  if (event === "message") onMessage(JSON.parse(data), at);
  if (event === "reset") onReset(JSON.parse(data));
}
