// The transports of the fake service.

const CONNECTING = 0,
  OPEN = 1,
  CLOSED = 2;

/** Reads the messages after its position, for any transport. */
class Subscriber {
  constructor(service, after, { onReset, onMessage, onEnd, onChannelEnd }) {
    this.position = after ?? service.latest;
    const pull = () => {
      const { reset, messages, cursor } = service.history.read(this.position);
      if (reset) onReset(reset);
      this.position = cursor;
      for (const message of service.transform?.(messages) ?? messages) onMessage(message);
      if (service.history.endsAt(cursor)) onChannelEnd(cursor);
    };
    this.unsubscribe = service.subscribe(pull, () => (this.unsubscribe(), onEnd()));
    pull();
  }
}

export function poll(service, url, { signal }) {
  const after = url.searchParams.get("after");
  if (!after) return Response.json({ messages: [], cursor: service.latest });
  const response = () => {
    const result = service.history.read(after);
    const { messages, cursor } = result;
    const end = service.history.endsAt(cursor) || undefined;
    return Response.json({ ...result, messages: service.transform?.(messages) ?? messages, end });
  };
  const { reset, messages } = service.history.read(after);
  const wait = Number(url.searchParams.get("wait") ?? 25);
  if (messages.length || reset || !wait || service.history.endsAt(after)) return response();
  return new Promise((resolve, reject) => {
    const finish = () => (clean(), resolve(response()));
    const timer = setTimeout(finish, wait * 1000);
    const unsubscribe = service.subscribe(finish, () => (clean(), reject(new TypeError("cut"))));
    const clean = () => (clearTimeout(timer), unsubscribe());
    signal?.addEventListener("abort", () => (clean(), reject(signal.reason)));
  });
}

export function events(service, url, { signal }) {
  const after = url.searchParams.get("after");
  if (service.history.endsAt(after))
    return new Response(null, {
      status: 204,
      headers: { "trilane-cursor": after, "trilane-end": "true" },
    });
  const hello = service.history.hello(after);
  const body = new ReadableStream({
    start(stream) {
      const write = (text) => stream.enqueue(new TextEncoder().encode(text));
      service.heartbeat = () => write(":\n");
      if (!service.omitsHello)
        write(`retry: 0\nevent: hello\ndata: ${JSON.stringify(hello)}\nid: ${hello.cursor}\n\n`);
      const subscriber = new Subscriber(service, after, {
        onReset: (reset) =>
          write(`event: reset\ndata: ${JSON.stringify(reset)}\nid: ${reset.cursor}\n\n`),
        onMessage: (message) => {
          const name = message.event ? `event: ${message.event}\n` : "";
          write(`${name}data: ${JSON.stringify(message)}\nid: ${message.id}\n\n`);
        },
        onChannelEnd: (cursor) => {
          write(`event: end\ndata: ${JSON.stringify({ cursor })}\nid: ${cursor}\n\n`);
          stream.close();
        },
        onEnd: () => (service.endsStreams ? stream.close() : stream.error(new TypeError("cut"))),
      });
      signal.addEventListener(
        "abort",
        () => (subscriber.unsubscribe(), stream.error(signal.reason)),
      );
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

export class FakeWebSocket {
  static OPEN = OPEN;
  readyState = CONNECTING;
  /** @type {any} */
  onmessage;
  /** @type {any} */
  onerror;
  /** @type {any} */
  onclose;

  constructor(service, url) {
    this.service = service;
    queueMicrotask(() => this.#open(url));
  }

  #open(url) {
    const { service } = this;
    service.requests.push(url);
    if (!service.reaches(url) || service.refuses) return this.#close(1006);
    if (service.hanging.has("ws")) return;
    this.readyState = OPEN;
    const after = url.searchParams.get("after");
    this.#deliver({ hello: { ...service.history.hello(after), max_body: service.maxBody } });
    this.subscriber = new Subscriber(service, after, {
      onReset: (reset) => this.#deliver({ reset }),
      onMessage: (message) => this.#deliver(message),
      onChannelEnd: (cursor) => (this.#deliver({ end: { cursor } }), this.#close(1000)),
      onEnd: () => this.#close(1001),
    });
  }

  #deliver(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  #close(code) {
    this.readyState = CLOSED;
    if (this.service.closesSilently) return this.onerror?.();
    this.onclose?.({ code, reason: "" });
  }

  send(text) {
    const { service } = this;
    const { publish, ref } = JSON.parse(text);
    service.published.push({ ...publish, by: "ws" });
    if (publish.message === undefined && !publish.end)
      return this.#deliver({ ref, error: { status: 422, detail: "no message" } });
    const id = service.publish(publish.message, publish.key, publish);
    if (service.losesResponses) return this.service.cut();
    this.#deliver({ ref, ok: { id, time: 0 } });
  }

  close() {
    this.subscriber?.unsubscribe();
    if (this.readyState !== CLOSED) this.#close(1000);
  }
}
