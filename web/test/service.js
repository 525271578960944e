// A service in memory and the browser interfaces that reach it: one log behind a fetch, an EventSource and a WebSocket.
// It can be cut, go down and lose its log. No test lives here.

const CONNECTING = 0, OPEN = 1, CLOSED = 2;

export class Service {
  epoch = 1;
  #log = [];
  #first = 1;
  #wakes = new Set();
  #ends = new Set();
  /** The URLs asked for, in order. */
  asked = [];
  up = true;

  get head() {
    return `${this.epoch}-${this.#first + this.#log.length - 1}`;
  }

  publish(message) {
    const offset = this.#first + this.#log.length;
    this.#log.push({ id: `${this.epoch}-${offset}`, channel: "main", message, time: 0 });
    for (const wake of [...this.#wakes]) wake();
  }

  /** Forgets the oldest, as a bounded log does. */
  forget(count) {
    this.#first += this.#log.splice(0, count).length;
  }

  /** Another log, as after a restart without a broker that remembers. */
  beginAnew() {
    Object.assign(this, { epoch: this.epoch + 1 });
    this.#log = [];
    this.#first = 1;
  }

  /** Ends every connection. */
  cut() {
    for (const end of [...this.#ends]) end();
  }

  goDown() {
    this.up = false;
    this.cut();
  }

  read(after) {
    const [epoch, offset] = after.split("-").map(Number);
    const known = epoch === this.epoch && offset >= this.#first - 1 && offset < this.#first + this.#log.length;
    if (!known) return { reset: { after, oldest: `${this.epoch}-${this.#first}` }, messages: [...this.#log] };
    return { messages: this.#log.slice(offset - this.#first + 1) };
  }

  /** Calls `wake` at each message and `end` when cut; returns what takes both back. */
  attend(wake, end) {
    this.#wakes.add(wake);
    this.#ends.add(end);
    return () => (this.#wakes.delete(wake), this.#ends.delete(end));
  }

  get platform() {
    const service = this;
    return {
      random: () => 0,
      fetch: (url, options) => answer(service, new URL(url), options),
      EventSource: class extends FakeEventSource {
        constructor(url) {
          super(service, new URL(url));
        }
      },
      WebSocket: class extends FakeWebSocket {
        constructor(url) {
          super(service, new URL(url));
        }
      },
    };
  }
}

async function answer(service, url, { signal } = {}) {
  service.asked.push(url);
  if (!service.up) throw new TypeError("refused");
  if (service.refuses) return service.refuses();
  const after = url.searchParams.get("after");
  if (!after) return Response.json({ messages: [], cursor: service.head });
  const told = () => {
    const { reset, messages } = service.read(after);
    return Response.json({ messages, cursor: messages.at(-1)?.id ?? (reset ? service.head : after), ...(reset && { reset }) });
  };
  const { reset, messages } = service.read(after);
  if (messages.length || reset || url.searchParams.get("wait") === "0") return told();
  return new Promise((resolve, reject) => {
    const leave = service.attend(() => (leave(), resolve(told())), () => (leave(), reject(new TypeError("cut"))));
    signal?.addEventListener("abort", () => (leave(), reject(signal.reason)));
  });
}

/** A reader that pulls what is past its position, whatever the transport then makes of it. */
class Reader {
  constructor(service, after, { onReset, onMessage, onEnd }) {
    this.position = after ?? service.head;
    const pull = () => {
      const { reset, messages } = service.read(this.position);
      if (reset) onReset(reset);
      this.position = messages.at(-1)?.id ?? (reset ? service.head : this.position);
      for (const message of messages) onMessage(message);
    };
    this.leave = service.attend(pull, () => (this.leave(), onEnd()));
    pull();
  }
}

class FakeEventSource extends EventTarget {
  static CLOSED = CLOSED;
  readyState = CONNECTING;
  #lastEventId = "";

  constructor(service, url) {
    super();
    this.service = service;
    this.url = url;
    queueMicrotask(() => this.#open());
  }

  #open() {
    if (this.readyState === CLOSED) return;
    this.service.asked.push(this.url);
    if (!this.service.up) return this.#fail(CLOSED);
    this.readyState = OPEN;
    this.onopen?.();
    this.reader = new Reader(this.service, this.#lastEventId || this.url.searchParams.get("after"), {
      onReset: (reset) => this.dispatchEvent(Object.assign(new Event("reset"), { data: JSON.stringify(reset) })),
      onMessage: (message) => {
        this.#lastEventId = message.id;
        this.onmessage?.({ data: JSON.stringify(message), lastEventId: message.id });
      },
      onEnd: () => this.#fail(CONNECTING),
    });
  }

  /** As browsers do: an ended stream is opened again, a refused one is not. */
  #fail(readyState) {
    if (this.readyState === CLOSED) return;
    this.readyState = readyState;
    this.onerror?.();
    if (readyState === CONNECTING) setImmediate(() => this.#open());
  }

  close() {
    this.readyState = CLOSED;
    this.reader?.leave();
  }
}

class FakeWebSocket {
  static OPEN = OPEN;
  readyState = CONNECTING;

  constructor(service, url) {
    this.service = service;
    queueMicrotask(() => this.#open(url));
  }

  #open(url) {
    this.service.asked.push(url);
    if (!this.service.up) return this.#close(1006);
    this.readyState = OPEN;
    const after = url.searchParams.get("after");
    this.#tell({ hello: { cursor: after ?? this.service.head } });
    this.reader = new Reader(this.service, after, {
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
    this.onclose?.({ code, reason: "" });
  }

  send(text) {
    const { publish, ref } = JSON.parse(text);
    if (publish.message === undefined) return this.#tell({ ref, error: { detail: "no message" } });
    this.service.publish(publish.message);
    this.#tell({ ref, ok: { id: this.service.head, time: 0 } });
  }

  close() {
    this.reader?.leave();
    if (this.readyState !== CLOSED) this.#close(1000);
  }
}
