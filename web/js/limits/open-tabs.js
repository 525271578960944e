// The tabs of one browser that have this page open, found over a BroadcastChannel. No DOM.

/** Dispatches `change` when their number changes. */
export class OpenTabs extends EventTarget {
  #self = Math.random().toString(36).slice(2);
  /** @type {Set<string>} */
  #others = new Set();
  /** @type {Set<string>} tabs that replied since the last request */
  #replied = new Set();

  /** @param {BroadcastChannel} channel */
  constructor(channel) {
    super();
    this.channel = channel;
    channel.addEventListener("message", ({ data }) => this.#receive(data));
  }

  /** Including this tab. */
  get count() {
    return this.#others.size + 1;
  }

  /**
   * Asks the other tabs to reply. Drops those that did not reply last time: a tab that crashes
   * sends no "bye".
   */
  ask() {
    const gone = [...this.#others].filter((other) => !this.#replied.has(other));
    this.#replied = new Set();
    this.#change(() => gone.forEach((other) => this.#others.delete(other)));
    this.#send("hello");
  }

  leave() {
    this.#send("bye");
  }

  #receive({ from, type }) {
    if (type === "hello") this.#send("here");
    if (type === "bye") return this.#change(() => this.#others.delete(from));
    this.#replied.add(from);
    this.#change(() => this.#others.add(from));
  }

  #send(type) {
    this.channel.postMessage({ from: this.#self, type });
  }

  #change(change) {
    const before = this.count;
    change();
    if (this.count !== before) this.dispatchEvent(new Event("change"));
  }
}
