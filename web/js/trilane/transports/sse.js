// Server-Sent Events over fetch: one answer that does not end. EventSource would be shorter, but it hides heartbeats and
// status codes, cannot send a token in a header, is not in Node, and gives up for good after any HTTP error.

import { EventStream } from "../event-stream.js";
import { get } from "../request.js";
import { failure, refusal } from "../trouble.js";

/**
 * @param {import("./index.js").Attempt} attempt
 * @param {import("./index.js").Platform} platform
 */
export async function sse(attempt, platform) {
  const { onRequest, onRequestEnd } = attempt;
  const { now } = platform;
  onRequest(now());
  try {
    await read(await open(attempt, platform), attempt, platform);
  } finally {
    onRequestEnd(now());
  }
}

/** @param {import("./index.js").Attempt} attempt */
async function open(attempt, { fetch }) {
  const { after, signal } = attempt;
  const response = await get(attempt, "/events", { after }, { fetch, signal, headers: { accept: "text/event-stream" } });
  if (!response.ok) throw failure(await refusal(response));
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream")) throw failure({ detail: "the response is not an event stream" });
  return response;
}

async function read(response, attempt, { now }) {
  const stream = new EventStream();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    const at = now();
    if (done) throw failure({ detail: "the stream ended", retryAfter: stream.retry });
    attempt.onAlive();
    for (const event of stream.push(value)) tell(attempt, event, at);
  }
}

/** It opens with its first event, not with its head: a proxy that holds events back holds messages back too. */
function tell({ onOpen, onMessage, onReset }, { event, data }, at) {
  if (event === "hello") onOpen(at, JSON.parse(data));
  if (event === "message") onMessage(JSON.parse(data), at);
  if (event === "reset") onReset(JSON.parse(data));
}
