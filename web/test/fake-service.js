// A service in memory and the two browser interfaces that reach it: one log behind a fetch and a WebSocket. It can be
// cut, go down, refuse, fall silent and lose its log. No test lives here.

import { FakeHistory } from "./fake-history.js";
import { events, FakeWebSocket, poll } from "./fake-transports.js";

const PATHS = { "/poll": "longpoll", "/events": "sse", "/ws": "ws" };

export class Service {
  history = new FakeHistory();
  #wakes = new Set();
  #ends = new Set();
  /** The URLs by which messages were asked for, in order. */
  asked = [];
  /** How often the history was. */
  checks = 0;
  /** The publications, in order: `{ message, key, by }`. */
  published = [];
  up = true;
  /** Transports that do not get through, and those that never answer; undefined is the history. */
  blocked = new Set();
  stuck = new Set();
  /** Answers in its stead. @type {((url: URL) => Response) | undefined} */
  refuses;

  get latest() {
    return this.history.latest;
  }

  publish(message, key) {
    const before = this.latest;
    const id = this.history.append(message, key);
    if (this.latest !== before) for (const wake of [...this.#wakes]) wake();
    return id;
  }

  forget(count) {
    this.history.forget(count);
  }

  /** Ends every connection. */
  cut() {
    for (const end of [...this.#ends]) end();
  }

  goDown() {
    this.up = false;
    this.cut();
  }

  /** Streams stay open and nothing comes by them any more. */
  fallSilent() {
    this.#wakes.clear();
  }

  /** Nobody answers any more, and nobody says goodbye. */
  vanish() {
    this.fallSilent();
    for (const name of [...Object.values(PATHS), undefined]) this.stuck.add(name);
  }

  /** Calls `wake` at each message and `end` when cut; returns what takes both back. */
  attend(wake, end) {
    this.#wakes.add(wake);
    this.#ends.add(end);
    return () => (this.#wakes.delete(wake), this.#ends.delete(end));
  }

  reaches(url) {
    return this.up && !this.blocked.has(PATHS[url.pathname]);
  }

  get platform() {
    const service = this;
    return {
      random: () => 0,
      fetch: (url, options) => answer(service, new URL(url), options),
      WebSocket: class extends FakeWebSocket {
        constructor(url) {
          super(service, new URL(url));
        }
      },
    };
  }
}

async function answer(service, url, options = {}) {
  if (options.method === "POST") return accept(service, url, options);
  const name = PATHS[url.pathname];
  if (name) service.asked.push(url);
  else service.checks += 1;
  service.tokens = [...(service.tokens ?? []), options.headers?.authorization];
  if (!service.reaches(url)) throw new TypeError("refused");
  if (service.stuck.has(name)) return new Promise((_, reject) => options.signal.addEventListener("abort", reject));
  if (service.refuses) return service.refuses(url);
  return { longpoll: poll, sse: events }[name]?.(service, url, options) ?? messagesResponse(service, url);
}

function messagesResponse({ history }, url) {
  const { messages, ...rest } = history.read(url.searchParams.get("after") ?? "0");
  const few = messages.slice(0, Number(url.searchParams.get("limit")));
  return Response.json({ ...rest, messages: few, cursor: few.at(-1)?.id ?? rest.cursor });
}

function accept(service, url, { body, headers }) {
  if (!service.reaches(url)) throw new TypeError("refused");
  const key = headers["idempotency-key"];
  service.published.push({ message: JSON.parse(body).message, key, by: url.hostname });
  if (service.refuses) return service.refuses(url);
  const id = service.publish(JSON.parse(body).message, key);
  if (service.losesResponses) throw new TypeError("cut");
  return Response.json({ id, channel: "main", time: 0 });
}
