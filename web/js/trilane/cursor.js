// Message ids, and the position of a connection in the history of each channel.

// Message ids, `epoch-offset`. The epoch names one history; the offset grows by exactly one within
// it, so losses can be counted.

/** @typedef {{ epoch: number, offset: number }} Id */

/**
 * @param {unknown} text
 * @returns {Id | undefined} undefined if the text is not an id
 */
export function parseId(text) {
  const match = /^(\d+)-(\d+)$/.exec(String(text));
  return match ? { epoch: Number(match[1]), offset: Number(match[2]) } : undefined;
}

// The cursor of one channel, and the rule for all transports: each message is delivered once, in
// order, and nothing is delivered past a gap. A plain data structure, without network or clock.

/** @typedef {"next" | "duplicate" | "gap"} Verdict */

export class DeliveryCursor {
  /** @type {Id | undefined} */
  #id;
  /**
   * @type {string | undefined} the last id delivered, or where the service said that the
   *   subscription starts
   */
  cursor;

  /** @param {string} [after] */
  constructor(after) {
    this.#move(after);
  }

  /**
   * Starts where the service says, unless the cursor is already known.
   * @param {string | undefined} cursor
   * @returns {boolean} whether the cursor has changed
   */
  startAt(cursor) {
    if (this.#id || !parseId(cursor)) return false;
    this.#move(cursor);
    return true;
  }

  /**
   * Compares an id with the one that is due, and moves the cursor if it is that one. Offsets of one
   * history are contiguous, so the next id is known in advance. Another epoch without a reset is a
   * gap.
   * @param {string} id
   * @returns {Verdict}
   */
  accept(id) {
    const verdict = this.#compare(parseId(id));
    if (verdict === "next") this.#move(id);
    return verdict;
  }

  /**
   * Continues at another cursor, since the service no longer has the messages that are due.
   * @param {{ cursor: string }} reset
   */
  reset({ cursor }) {
    this.#move(cursor);
  }

  /** @param {Id | undefined} id @returns {Verdict} */
  #compare(id) {
    if (!id) return "gap";
    if (!this.#id) return "next";
    if (id.epoch !== this.#id.epoch) return "gap";
    if (id.offset <= this.#id.offset) return "duplicate";
    return id.offset === this.#id.offset + 1 ? "next" : "gap";
  }

  /** @param {string} [cursor] */
  #move(cursor) {
    this.cursor = cursor;
    this.#id = parseId(cursor);
  }
}

// The cursor of a subscription of one channel or several. One has the plain id; several have
// `a@ID,b@ID`. A plain data structure, without network or clock.

export class CombinedCursor {
  /** @type {Map<string, DeliveryCursor>} */
  #cursors = new Map();

  /** @param {string[]} channels @param {string} [after] */
  constructor(channels, after) {
    for (const channel of channels) this.add(channel, partOf(channel, after));
  }

  get channels() {
    return [...this.#cursors.keys()];
  }

  /** @type {string | undefined} of the channels whose position is known */
  get cursor() {
    const known = [...this.#cursors].filter(([, { cursor }]) => cursor !== undefined);
    if (this.#cursors.size === 1) return known[0]?.[1].cursor;
    const parts = known.map(([channel, { cursor }]) => `${channel}@${cursor}`);
    return parts.length ? parts.join() : undefined;
  }

  /** @param {string} channel @param {string} [after] */
  add(channel, after) {
    if (this.#cursors.has(channel)) throw new TypeError(`${channel} is subscribed already`);
    this.#cursors.set(channel, new DeliveryCursor(after));
  }

  /** @param {string} channel */
  remove(channel) {
    if (!this.#cursors.has(channel)) throw new TypeError(`${channel} is not subscribed`);
    if (this.#cursors.size === 1) throw new TypeError("a connection needs a channel");
    this.#cursors.delete(channel);
  }

  /**
   * Starts each channel where the service says, unless its cursor is already known.
   * @param {string | undefined} cursor
   * @returns {boolean} whether the cursor has changed
   */
  startAt(cursor) {
    const started = [...this.#cursors].filter(([channel, own]) =>
      own.startAt(partOf(channel, cursor)),
    );
    return started.length > 0;
  }

  /**
   * Returns whether this is a cursor of all channels, and each has everything before it, as far as
   * its own is known. A service sends that of fewer until it has added a channel.
   * @param {string} cursor
   */
  isAt(cursor) {
    if (this.#cursors.size > 1 && !cursor.includes("@")) return false;
    return [...this.#cursors].every(([channel, own]) => {
      const at = partOf(channel, cursor);
      return at !== undefined && (own.cursor === undefined || own.cursor === at);
    });
  }

  /**
   * @param {{ id: string, channel: string }} message
   * @returns {Verdict | undefined} undefined if the channel was
   *   removed meanwhile
   */
  accept({ id, channel }) {
    return this.#cursors.get(channel)?.accept(id);
  }

  /**
   * Continues one channel at another cursor.
   * @param {{ channel?: string, cursor: string }} reset
   */
  reset({ channel, cursor }) {
    // The reset of a subscription of one channel does not name it.
    const [name] = channel ? [channel] : this.channels;
    const id = partOf(name, cursor);
    if (id) this.#cursors.get(name)?.reset({ cursor: id });
  }
}

/**
 * Returns the part of a cursor for one channel: a plain id is that of any.
 * @param {string} channel
 * @param {string} [cursor]
 */
function partOf(channel, cursor) {
  if (!cursor?.includes("@")) return cursor;
  const own = cursor.split(",").find((part) => part.startsWith(`${channel}@`));
  return own?.slice(channel.length + 1);
}
