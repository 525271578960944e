// The latest messages in full, for the inspector. Bounded: of older messages only the times are
// kept.

const MAX_REMEMBERED = 256;

/**
 * @typedef {{ n: number, offset: number }} MessageKey  `n` is the page's own count, NaN if another
 *   publisher sent it
 */

export class RecentMessages {
  /**
   * @type {Map<string, import("../trilane/transports/index.js").Message>} in order of first arrival
   */
  #byKey = new Map();

  /** @param {MessageKey} which @param {import("../trilane/transports/index.js").Message} message */
  add(which, message) {
    const key = keyOf(which);
    if (!this.#byKey.has(key)) this.#byKey.set(key, message);
    if (this.#byKey.size > MAX_REMEMBERED)
      this.#byKey.delete(this.#byKey.keys().next().value ?? key);
  }

  /** @param {MessageKey} which */
  find(which) {
    return this.#byKey.get(keyOf(which));
  }
}

/** Separate services give one message of the page different offsets. */
const keyOf = ({ n, offset }) => (Number.isNaN(n) ? `offset ${offset}` : `own ${n}`);
