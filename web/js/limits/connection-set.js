// Connections to one origin that are opened at once and kept open: which of them opened, and how
// long the others wait. Draws nothing.

/**
 * @typedef {"waiting" | "open" | "closed" | "failed"} State
 * @typedef {{ name: string, kind: "held" | "request", state: State, asked: number, answered?:
 *   number }} Slot
 * @typedef {(base: string, n: number, signal: AbortSignal) => Promise<{ ended: Promise<unknown> }>}
 *   Open  resolves
 * when open
 * @typedef {{ open: number, waiting: number, failed: number, request?: number }} Tally  `request`:
 *   milliseconds until the
 * response to the ordinary request; undefined while it waits
 */

/** Without a change for this long, the result counts as settled. */
export const SETTLE_MS = 3_000;

/** Dispatches `change`. */
export class ConnectionSet extends EventTarget {
  /** @type {Slot[]} */
  all = [];
  /** @type {Map<Slot, AbortController>} */
  #endings = new Map();
  #changed = 0;

  /**
   * @param {string} base
   * @param {Open} open
   * @param {{ fetch?: typeof globalThis.fetch, now?: () => number }} [platform]
   */
  constructor(
    base,
    open,
    { fetch = globalThis.fetch.bind(globalThis), now = () => performance.now() } = {},
  ) {
    super();
    this.base = base;
    this.opener = open;
    this.fetch = fetch;
    this.now = now;
  }

  /** The number of connections that are open or waiting. */
  get held() {
    return this.#endings.size;
  }

  /**
   * Opens `count` connections, then sends an ordinary request to the same origin.
   * @param {number} count
   */
  open(count) {
    this.closeAll();
    this.all = [];
    for (let n = 1; n <= count; n += 1)
      this.#hold(String(n), "held", (signal) => this.opener(this.base, n, signal));
    this.#hold("request", "request", (signal) => this.#request(signal));
  }

  /** Closes the oldest open connection. */
  closeOne() {
    const slot = [...this.#endings.keys()].find(({ state }) => state === "open");
    if (slot) this.#close(slot);
  }

  closeAll() {
    for (const slot of [...this.#endings.keys()]) this.#close(slot);
  }

  /** Whether no connection waits, or nothing has changed for a while. */
  get isSettled() {
    return (
      !this.all.some(({ state }) => state === "waiting") || this.now() - this.#changed >= SETTLE_MS
    );
  }

  /** @returns {Tally} */
  get tally() {
    const count = (/** @type {State} */ state) =>
      this.all.filter((slot) => slot.kind === "held" && slot.state === state).length;
    const { asked = 0, answered } = this.all.at(-1) ?? {};
    return {
      open: count("open"),
      waiting: count("waiting"),
      failed: count("failed"),
      request: answered && answered - asked,
    };
  }

  /** @param {AbortSignal} signal */
  async #request(signal) {
    const response = await this.fetch(`${this.base}/health/live`, { signal, cache: "no-store" });
    return { ended: response.text() };
  }

  /** @param {Slot} slot */
  #close(slot) {
    this.#endings.get(slot)?.abort();
    this.#endings.delete(slot);
    this.#enter(slot, "closed");
  }

  /**
   * @param {string} name
   * @param {Slot["kind"]} kind
   * @param {(signal: AbortSignal) => Promise<{ ended: Promise<unknown> }>} open
   */
  async #hold(name, kind, open) {
    /** @type {Slot} */
    const slot = { name, kind, state: "waiting", asked: this.now() };
    this.all.push(slot);
    const ending = new AbortController();
    this.#endings.set(slot, ending);
    this.#enter(slot, "waiting");
    try {
      const { ended } = await open(ending.signal);
      slot.answered = this.now();
      this.#enter(slot, "open");
      await ended;
      this.#enter(slot, "closed");
    } catch {
      if (!ending.signal.aborted) this.#enter(slot, "failed");
    }
    this.#endings.delete(slot);
  }

  /** @param {Slot} slot @param {State} state */
  #enter(slot, state) {
    slot.state = state;
    this.#changed = this.now();
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {Slot} slot @param {number} now @returns {string} */
export function slotText({ state, asked, answered }, now) {
  const waited = `${(((answered ?? now) - asked) / 1000).toFixed(answered ? 2 : 0)} s`;
  if (state === "waiting") return `waiting for ${waited}`;
  if (state === "failed") return "failed";
  return answered === undefined
    ? "closed while waiting"
    : `${state === "open" ? "open" : "done"}, waited ${waited}`;
}
