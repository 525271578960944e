// Where a subscription stands, and the rule that no transport gets around: each message is delivered once, in order, and
// nothing is delivered past a hole. Knows no network and no time.

import { parseId } from "./id.js";

/** @typedef {"next" | "duplicate" | "hole"} Verdict */

export class Position {
  /** @type {import("./id.js").Id | undefined} */
  #id;
  /** @type {string | undefined} what to ask for next: the last id delivered, or where the service said this begins */
  cursor;

  /** @param {string} [after] */
  constructor(after) {
    this.#move(after);
  }

  /**
   * Where the service says this reader begins; what is known already stays.
   * @param {string | undefined} cursor
   * @returns {boolean} whether it was news
   */
  begin(cursor) {
    if (this.#id || !parseId(cursor)) return false;
    this.#move(cursor);
    return true;
  }

  /**
   * Ids of one log are contiguous, so the next one is known before it comes. Another log without a reset is a hole too.
   * @param {string} id
   * @returns {Verdict}
   */
  accept(id) {
    const verdict = this.#judge(parseId(id));
    if (verdict === "next") this.#move(id);
    return verdict;
  }

  /**
   * The service no longer holds what comes next, and goes on from another cursor.
   * @param {{ cursor: string }} reset
   */
  reset({ cursor }) {
    this.#move(cursor);
  }

  /** @param {import("./id.js").Id | undefined} id @returns {Verdict} */
  #judge(id) {
    if (!id) return "hole";
    if (!this.#id) return "next";
    if (id.epoch !== this.#id.epoch) return "hole";
    if (id.offset <= this.#id.offset) return "duplicate";
    return id.offset === this.#id.offset + 1 ? "next" : "hole";
  }

  /** @param {string} [cursor] */
  #move(cursor) {
    this.cursor = cursor;
    this.#id = parseId(cursor);
  }
}
