// How the fake service speaks each transport. No test lives here.

const CONNECTING = 0, OPEN = 1, CLOSED = 2;

/** A reader that pulls what is past its position, whatever the transport then makes of it. */
class Reader {
  constructor(service, after, { onReset, onMessage, onEnd }) {
    this.position = after ?? service.latest;
    const pull = () => {
      const { reset, messages, cursor } = service.history.read(this.position);
      if (reset) onReset(reset);
      this.position = cursor;
      for (const message of service.mangles?.(messages) ?? messages) onMessage(message);
    };
    this.leave = service.attend(pull, () => (this.leave(), onEnd()));
    pull();
  }
}

export function poll(service, url, { signal }) {
  const after = url.searchParams.get("after");
  if (!after) return Response.json({ messages: [], cursor: service.latest });
  const told = () => {
    const answer = service.history.read(after);
    return Response.json({ ...answer, messages: service.mangles?.(answer.messages) ?? answer.messages });
  };
  const { reset, messages } = service.history.read(after);
  const wait = Number(url.searchParams.get("wait") ?? 25);
  if (messages.length || reset || !wait) return told();
  return new Promise((resolve, reject) => {
    const answer = () => (leave(), resolve(told()));
    const timer = setTimeout(answer, wait * 1000);
    const forget = service.attend(answer, () => (leave(), reject(new TypeError("cut"))));
    const leave = () => (clearTimeout(timer), forget());
    signal?.addEventListener("abort", () => (leave(), reject(signal.reason)));
  });
}

export function events(service, url, { signal }) {
  const after = url.searchParams.get("after");
  const hello = service.history.hello(after);
  const body = new ReadableStream({
    start(stream) {
      const tell = (text) => stream.enqueue(new TextEncoder().encode(text));
      service.heartbeat = () => tell(":\n");
      if (!service.holdsBack) tell(`retry: 0\nevent: hello\ndata: ${JSON.stringify(hello)}\nid: ${hello.cursor}\n\n`);
      const reader = new Reader(service, after, {
        onReset: (reset) => tell(`event: reset\ndata: ${JSON.stringify(reset)}\nid: ${reset.cursor}\n\n`),
        onMessage: (message) => tell(`data: ${JSON.stringify(message)}\nid: ${message.id}\n\n`),
        onEnd: () => (service.endsStreams ? stream.close() : stream.error(new TypeError("cut"))),
      });
      signal.addEventListener("abort", () => (reader.leave(), stream.error(signal.reason)));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

export class FakeWebSocket {
  static OPEN = OPEN;
  readyState = CONNECTING;

  constructor(service, url) {
    this.service = service;
    queueMicrotask(() => this.#open(url));
  }

  #open(url) {
    const { service } = this;
    service.asked.push(url);
    if (!service.reaches(url) || service.refuses) return this.#close(1006);
    if (service.stuck.has("ws")) return;
    this.readyState = OPEN;
    const after = url.searchParams.get("after");
    this.#tell({ hello: { ...service.history.hello(after), max_body: service.maxBody } });
    this.reader = new Reader(service, after, {
      onReset: (reset) => this.#tell({ reset }),
      onMessage: (message) => this.#tell(message),
      onEnd: () => this.#close(1001),
    });
  }

  #tell(frame) {
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
    if (publish.message === undefined) return this.#tell({ ref, error: { status: 422, detail: "no message" } });
    const id = service.publish(publish.message, publish.key);
    if (service.losesResponses) return this.service.cut();
    this.#tell({ ref, ok: { id, time: 0 } });
  }

  close() {
    this.reader?.leave();
    if (this.readyState !== CLOSED) this.#close(1000);
  }
}
