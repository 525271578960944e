// One channel's log in memory, as a broker keeps it: what a fake service serves. No test lives here.

export class FakeHistory {
  epoch = 1;
  #messages = [];
  #first = 1;
  #keys = new Map();

  get latest() {
    return `${this.epoch}-${this.#first + this.#messages.length - 1}`;
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
    const id = `${this.epoch}-${this.#first + this.#messages.length}`;
    this.#messages.push({ id, channel: "main", message, time: 0 });
    if (key) this.#keys.set(key, id);
    return id;
  }

  /** Forgets the oldest, as a bounded log does. */
  forget(count) {
    this.#first += this.#messages.splice(0, count).length;
  }

  /** Another log, as after a restart without a broker that remembers. */
  startAnew() {
    this.epoch += 1;
    this.#messages = [];
    this.#first = 1;
  }

  read(after) {
    if (after === "0") return { messages: [...this.#messages], cursor: this.#messages.at(-1)?.id ?? this.latest };
    const [epoch, offset] = after.split("-").map(Number);
    const known = epoch === this.epoch && offset >= this.#first - 1 && offset < this.#first + this.#messages.length;
    const messages = known ? this.#messages.slice(offset - this.#first + 1) : [...this.#messages];
    const cursor = messages.at(-1)?.id ?? this.latest;
    return known ? { messages, cursor } : { reset: { after, oldest: this.#oldest, cursor: this.#beginning }, messages, cursor };
  }

  /** Where a reader begins, as streams tell it when they open. */
  hello(after) {
    if (after === null) return { cursor: this.latest };
    if (after === "0") return { cursor: this.#beginning };
    return { cursor: after, ...(this.read(after).reset && { reset: true }) };
  }
}
