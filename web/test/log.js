// One channel's log in memory, as a broker keeps it: what a fake service serves. No test lives here.

export class Log {
  epoch = 1;
  #log = [];
  #first = 1;
  #keys = new Map();

  get head() {
    return `${this.epoch}-${this.#first + this.#log.length - 1}`;
  }

  /** Before the oldest. */
  get #beginning() {
    return `${this.epoch}-${this.#first - 1}`;
  }

  get #oldest() {
    return `${this.epoch}-${this.#first}`;
  }

  /** @returns {string} the id; the first one again for a key that is known */
  append(message, key) {
    if (this.#keys.has(key)) return this.#keys.get(key);
    const id = `${this.epoch}-${this.#first + this.#log.length}`;
    this.#log.push({ id, channel: "main", message, time: 0 });
    if (key) this.#keys.set(key, id);
    return id;
  }

  /** Forgets the oldest, as a bounded log does. */
  forget(count) {
    this.#first += this.#log.splice(0, count).length;
  }

  /** Another log, as after a restart without a broker that remembers. */
  beginAnew() {
    this.epoch += 1;
    this.#log = [];
    this.#first = 1;
  }

  read(after) {
    if (after === "0") return { messages: [...this.#log], cursor: this.#log.at(-1)?.id ?? this.head };
    const [epoch, offset] = after.split("-").map(Number);
    const known = epoch === this.epoch && offset >= this.#first - 1 && offset < this.#first + this.#log.length;
    const messages = known ? this.#log.slice(offset - this.#first + 1) : [...this.#log];
    const cursor = messages.at(-1)?.id ?? this.head;
    return known ? { messages, cursor } : { reset: { after, oldest: this.#oldest, cursor: this.#beginning }, messages, cursor };
  }

  /** Where a reader begins, as streams tell it when they open. */
  hello(after) {
    if (after === null) return { cursor: this.head };
    if (after === "0") return { cursor: this.#beginning };
    return { cursor: after, ...(this.read(after).reset && { reset: true }) };
  }
}
