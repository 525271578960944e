// The cursor of a subscription, and the rule for all transports: each message is delivered once, in
// order, and nothing is delivered past a gap. A plain data structure, without network or clock.

import { parseId } from "./id.js";

/** @typedef {"next" | "duplicate" | "gap"} Verdict */

export class DeliveryCursor {
  /** @type {import("./id.js").Id | undefined} */
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

  /** @param {import("./id.js").Id | undefined} id @returns {Verdict} */
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
