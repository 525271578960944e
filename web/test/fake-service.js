// A service in memory with one history, behind a fake fetch and a fake WebSocket. A test can cut
// its connections, stop it, make it refuse or stop responding, and replace its history.

import { FakeHistory } from "./fake-history.js";
import { events, FakeWebSocket, poll } from "./fake-transports.js";

const PATHS = { "/poll": "longpoll", "/events": "sse", "/ws": "ws" };

export class Service {
  history = new FakeHistory();
  #listeners = new Set();
  #ends = new Set();
  /** The URLs of all polls, streams and handshakes, in order. */
  requests = [];
  /** The number of requests for the history. */
  historyRequests = 0;
  /** The publications, in order: `{ message, key, by }`. */
  published = [];
  up = true;
  /**
   * Transports whose requests fail, and those whose requests get no response; undefined is the
   * history.
   */
  blocked = new Set();
  hanging = new Set();
  /** Whether a publication is accepted without a response, and whether a stream ends or fails. */
  losesResponses = false;
  endsStreams = false;
  closesSilently = false;
  /** @type {any} the largest body, milliseconds between heartbeats, and what changes a stream */
  maxBody;
  /** @type {any} */
  heartbeat;
  /** @type {any} */
  transform;
  /** @type {any} of the requests, in order */
  tokens;
  /** Responds instead of the service. @type {((url: URL) => Response) | undefined} */
  refuses;

  get latest() {
    return this.history.latest;
  }

  /** The number of subscribers now. */
  get subscribers() {
    return this.#listeners.size;
  }

  /**
   * @param {any} message
   * @param {string} [key]
   * @param {{ event?: string, end?: boolean }} [attributes]
   */
  publish(message, key, { event, end } = {}) {
    const before = this.latest;
    const id = this.history.append({ message, event, end }, key);
    if (this.latest !== before) for (const notify of [...this.#listeners]) notify();
    return id;
  }

  forget(count) {
    this.history.forget(count);
  }

  /** Ends every connection. */
  cut() {
    for (const end of [...this.#ends]) end();
  }

  stop() {
    this.up = false;
    this.cut();
  }

  /** Streams stay open, but no further message arrives. */
  stopDelivering() {
    this.#listeners.clear();
  }

  /** No request gets a response any more, and no stream is closed. */
  stopResponding() {
    this.stopDelivering();
    for (const name of [...Object.values(PATHS), undefined]) this.hanging.add(name);
  }

  /** Calls `notify` at each message and `end` at a cut. @returns {() => void} unsubscribes */
  subscribe(notify, end) {
    this.#listeners.add(notify);
    this.#ends.add(end);
    return () => (this.#listeners.delete(notify), this.#ends.delete(end));
  }

  reaches(url) {
    return this.up && !this.blocked.has(PATHS[url.pathname]);
  }

  /** @returns {any} */
  get platform() {
    const service = this;
    return {
      random: () => 0,
      fetch: (url, options) => respond(service, new URL(url), options),
      WebSocket: class extends FakeWebSocket {
        constructor(url) {
          super(service, new URL(url));
        }
      },
    };
  }
}

/** @param {Service} service @param {URL} url @param {any} options */
async function respond(service, url, options = {}) {
  if (options.method === "POST") return accept(service, url, options);
  const name = PATHS[url.pathname];
  if (name) service.requests.push(url);
  else service.historyRequests += 1;
  service.tokens = [...(service.tokens ?? []), options.headers?.authorization];
  if (!service.reaches(url)) throw new TypeError("refused");
  if (service.hanging.has(name))
    return new Promise((_, reject) => options.signal.addEventListener("abort", reject));
  if (service.refuses) return service.refuses(url);
  return (
    { longpoll: poll, sse: events }[name]?.(service, url, options) ?? messagesResponse(service, url)
  );
}

function messagesResponse({ history }, url) {
  const { messages, ...rest } = history.read(url.searchParams.get("after") ?? "0");
  const few = messages.slice(0, Number(url.searchParams.get("limit")));
  return Response.json({ ...rest, messages: few, cursor: few.at(-1)?.id ?? rest.cursor });
}

function accept(service, url, { body, headers }) {
  if (!service.reaches(url)) throw new TypeError("refused");
  const key = headers["idempotency-key"];
  const { message, ...attributes } = JSON.parse(body);
  service.published.push({ message, ...attributes, key, by: url.hostname });
  if (service.refuses) return service.refuses(url);
  if (service.history.endsAt(service.latest)) return Response.json({}, { status: 409 });
  const id = service.publish(message, key, attributes);
  if (service.losesResponses) throw new TypeError("cut");
  return Response.json({ id, channel: "main", time: 0 });
}
