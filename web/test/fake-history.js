// The history of one channel in memory, as a broker keeps it.

export class FakeHistory {
  epoch = 1;
  channel = "main";
  #messages = [];
  #first = 1;
  #keys = new Map();

  get latest() {
    return `${this.epoch}-${this.#first + this.#messages.length - 1}`;
  }

  /** The cursor before the oldest message. */
  get #beginning() {
    return `${this.epoch}-${this.#first - 1}`;
  }

  get #oldest() {
    return `${this.epoch}-${this.#first}`;
  }

  /** @returns {string} the id; the first one again for a key that is known */
  append({ message = null, event, end }, key) {
    if (this.#keys.has(key)) return this.#keys.get(key);
    const id = `${this.epoch}-${this.#first + this.#messages.length}`;
    const attributes = { ...(event && { event }), ...(end && { end }) };
    this.#messages.push({ id, channel: this.channel, message, time: 0, ...attributes });
    if (key) this.#keys.set(key, id);
    return id;
  }

  /** Whether the channel has ended at this cursor. */
  endsAt(cursor) {
    const last = this.#messages.at(-1);
    return Boolean(last?.end) && last.id === cursor;
  }

  /** Drops the oldest messages, as a bounded history does. */
  forget(count) {
    this.#first += this.#messages.splice(0, count).length;
  }

  /** Starts another history, as after a restart without a persistent broker. */
  startAnew() {
    this.epoch += 1;
    this.#messages = [];
    this.#first = 1;
  }

  read(after) {
    if (after === "0")
      return { messages: [...this.#messages], cursor: this.#messages.at(-1)?.id ?? this.latest };
    const [epoch, offset] = after.split("-").map(Number);
    const known =
      epoch === this.epoch &&
      offset >= this.#first - 1 &&
      offset < this.#first + this.#messages.length;
    const messages = known ? this.#messages.slice(offset - this.#first + 1) : [...this.#messages];
    const cursor = messages.at(-1)?.id ?? this.latest;
    return known
      ? { messages, cursor }
      : { reset: { after, oldest: this.#oldest, cursor: this.#beginning }, messages, cursor };
  }

  /** Returns the cursor at which a subscriber starts, as streams send it first. */
  hello(after) {
    if (after === null) return { cursor: this.latest };
    if (after === "0") return { cursor: this.#beginning };
    return { cursor: after, ...(this.read(after).reset && { reset: true }) };
  }
}
