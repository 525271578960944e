// What one lane has seen of the log: where it stands, what is missing, what came twice. Knows no transport and no clock.

import { parseId } from "../trilane/id.js";

// Offsets remembered as missing, so that a late one is told from a duplicate. A larger hole is still counted in full.
const MAX_REMEMBERED = 4096;

/** @typedef {"next" | "gap" | "late" | "duplicate" | "new log"} Verdict */

export class Sequence {
  count = 0;
  missing = 0;
  duplicates = 0;
  /** Messages that came after a later one. */
  late = 0;
  /** False for good once anything arrived at or below an offset already seen. */
  inOrder = true;
  /** @type {import("../trilane/id.js").Id | undefined} */
  position;
  /** @type {Set<number>} */
  #absent = new Set();

  /**
   * The first cursor a service tells, so that a hole before the first message counts too.
   * @param {string} cursor
   */
  startAfter(cursor) {
    this.position ??= parseId(cursor);
  }

  /** Whatever comes next is neither a hole nor a repeat. */
  startAnew() {
    this.position = undefined;
    this.#absent.clear();
  }

  /**
   * @param {string} id
   * @returns {Verdict}
   */
  accept(id) {
    const { epoch, offset } = parseId(id) ?? { epoch: 0, offset: 0 };
    const last = this.position;
    if (last?.epoch === epoch && offset <= last.offset) return this.#behind(offset);
    this.count += 1;
    this.position = { epoch, offset };
    if (last && last.epoch !== epoch) return this.#newLog();
    return this.#ahead(last ? last.offset + 1 : offset, offset);
  }

  /**
   * The service said that it cannot continue from where the lane stands. A hole in the same log is counted by the next
   * message; a log that went back leaves nothing to count from.
   * @param {{ oldest?: string }} reset
   */
  reset({ oldest }) {
    const start = parseId(oldest);
    if (start && start.epoch === this.position?.epoch && start.offset <= this.position.offset) this.position = undefined;
  }

  /** @param {number} offset @returns {Verdict} */
  #behind(offset) {
    this.inOrder = false;
    if (!this.#absent.delete(offset)) {
      this.duplicates += 1;
      return "duplicate";
    }
    this.count += 1;
    this.late += 1;
    this.missing -= 1;
    return "late";
  }

  /** @param {number} expected @param {number} offset @returns {Verdict} */
  #ahead(expected, offset) {
    this.missing += offset - expected;
    for (let hole = Math.max(expected, offset - MAX_REMEMBERED); hole < offset; hole += 1) this.#remember(hole);
    return offset > expected ? "gap" : "next";
  }

  /** @param {number} hole */
  #remember(hole) {
    this.#absent.add(hole);
    if (this.#absent.size > MAX_REMEMBERED) this.#absent.delete(this.#absent.values().next().value ?? hole);
  }

  /** @returns {Verdict} */
  #newLog() {
    this.#absent.clear();
    return "new log";
  }
}
