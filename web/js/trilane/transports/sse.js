// Server-Sent Events over fetch: one answer that does not end. EventSource would be shorter, but it hides heartbeats and
// status codes, cannot send a token in a header, is not in Node, and gives up for good after any HTTP error.

import { EventStream } from "../event-stream.js";
import { authorization, head } from "../history.js";
import { failure, refusal } from "../trouble.js";

/**
 * @param {import("./index.js").Attempt} attempt
 * @param {import("./index.js").Platform} platform
 */
export async function sse(attempt, platform) {
  const { signal, onRequest, onRequestEnd } = attempt;
  const { now } = platform;
  onRequest(now());
  try {
    const response = await open(attempt, attempt.after, platform);
    const cursor = response.headers.get("trilane-cursor") ?? attempt.after;
    if (cursor) return await read(response, cursor, attempt, platform);
    // A stream that does not say where it begins could be cut before its first message, and nobody would know what was
    // missed. So first the place is found, and the stream begins there.
    await response.body?.cancel();
    const start = await head(attempt, { fetch: platform.fetch, signal });
    onRequest(now());
    await read(await open(attempt, start, platform), start, attempt, platform);
  } finally {
    onRequestEnd(now());
  }
}

/** @param {import("./index.js").Attempt} attempt */
async function open({ base, channel, token, signal }, after, { fetch }) {
  const query = new URLSearchParams({ channel });
  if (after) query.set("after", after);
  const headers = { accept: "text/event-stream", ...authorization(token) };
  const response = await fetch(`${base}/events?${query}`, { signal, headers, cache: "no-store" });
  if (!response.ok) throw failure(await refusal(response));
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream")) throw failure({ detail: "the answer is no event stream" });
  return response;
}

async function read(response, cursor, attempt, { now }) {
  const stream = new EventStream();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let isOpen = false; ; isOpen = true) {
    const { done, value } = await reader.read();
    const at = now();
    if (done) throw failure({ detail: "the stream ended", retryAfter: stream.retry });
    // Not before the first bytes: a proxy that holds them back holds messages back too.
    if (!isOpen) attempt.onOpen(at, { cursor });
    attempt.onAlive();
    for (const event of stream.push(value)) tell(attempt, event, at);
  }
}

function tell({ onMessage, onReset }, { event, data }, at) {
  if (event === "message") onMessage(JSON.parse(data), at);
  if (event === "reset") onReset(JSON.parse(data));
}
