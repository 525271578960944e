// Streams to one origin, opened one after the other and then left open: which of them got a connection, and how long the
// others wait. Draws nothing.

/**
 * @typedef {"waiting" | "open" | "closed" | "failed"} State
 * @typedef {{ name: string, kind: "stream" | "request", state: State, asked: number, answered?: number }} Slot
 */

/** Dispatches `change`. */
export class Slots extends EventTarget {
  /** @type {Slot[]} */
  all = [];
  /** @type {Map<Slot, AbortController>} */
  #streams = new Map();

  /** @param {string} base @param {{ fetch?: typeof globalThis.fetch, now?: () => number }} [platform] */
  constructor(base, { fetch = (...request) => globalThis.fetch(...request), now = () => performance.now() } = {}) {
    super();
    this.base = base;
    this.fetch = fetch;
    this.now = now;
  }

  get streams() {
    return this.#streams.size;
  }

  /** So many streams, and then an ordinary request to the same origin. @param {number} count */
  open(count) {
    this.closeAll();
    this.all = [];
    for (let n = 1; n <= count; n += 1) this.#ask(`stream ${n}`, "stream", `/events?channel=limits&n=${n}`);
    this.#ask("request", "request", "/health/live");
  }

  /** Closes the oldest stream that is open. */
  closeOne() {
    const slot = [...this.#streams.keys()].find(({ state }) => state === "open");
    if (slot) this.#close(slot);
  }

  closeAll() {
    for (const slot of [...this.#streams.keys()]) this.#close(slot);
  }

  #close(slot) {
    this.#streams.get(slot)?.abort();
    this.#streams.delete(slot);
    this.#enter(slot, "closed");
  }

  async #ask(name, kind, path) {
    /** @type {Slot} */
    const slot = { name, kind, state: "waiting", asked: this.now() };
    this.all.push(slot);
    const ending = new AbortController();
    this.#streams.set(slot, ending);
    this.dispatchEvent(new Event("change"));
    try {
      const response = await this.fetch(this.base + path, { signal: ending.signal, cache: "no-store" });
      slot.answered = this.now();
      this.#enter(slot, "open");
      if (kind === "stream") await drain(response);
      else await response.text();
      this.#enter(slot, "closed");
    } catch {
      if (!ending.signal.aborted) this.#enter(slot, "failed");
    }
    this.#streams.delete(slot);
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Slot} slot @param {State} state */
  #enter(slot, state) {
    slot.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {Response} response */
async function drain({ body }) {
  const reader = body?.getReader();
  while (reader && !(await reader.read()).done);
}

/** @param {Slot} slot @param {number} now @returns {string} */
export function slotText({ state, asked, answered }, now) {
  const waited = `${(((answered ?? now) - asked) / 1000).toFixed(answered ? 2 : 0)} s`;
  if (state === "waiting") return `has waited ${waited}`;
  if (state === "failed") return "failed";
  return answered === undefined ? "given up" : `${state === "open" ? "open" : "done"}, waited ${waited}`;
}
