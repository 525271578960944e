// The messages that a lane has, and those that it lacks.

import { parseId } from "../trilane/cursor.js";

// The order of one lane's messages: its cursor, missing messages, duplicates. A plain data
// structure.

// Missing offsets that are remembered, to tell a late message from a duplicate. A larger gap is
// still counted in full.
const MAX_REMEMBERED = 4096;

/** @typedef {"next" | "gap" | "late" | "duplicate" | "new log"} Verdict */

export class Sequence {
  count = 0;
  missing = 0;
  duplicates = 0;
  /** Messages that arrived after a later one. */
  late = 0;
  /** False for good once a message arrived at or below an offset already received. */
  inOrder = true;
  /** @type {import("../trilane/cursor.js").Id | undefined} */
  position;
  /** @type {Set<number>} */
  #absent = new Set();

  /**
   * Sets the service's first cursor, so that a gap before the first message counts too.
   * @param {string} cursor
   */
  startAfter(cursor) {
    this.position ??= parseId(cursor);
  }

  /** Forgets the cursor: the next message is neither a gap nor a duplicate. */
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
   * Handles a reset. A gap in the same history is counted by the next message; a history that went
   * back leaves nothing to count from.
   * @param {{ oldest?: string }} reset
   */
  reset({ oldest }) {
    const start = parseId(oldest);
    if (start && start.epoch === this.position?.epoch && start.offset <= this.position.offset)
      this.position = undefined;
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
    for (let gap = Math.max(expected, offset - MAX_REMEMBERED); gap < offset; gap += 1)
      this.#remember(gap);
    return offset > expected ? "gap" : "next";
  }

  /** @param {number} gap */
  #remember(gap) {
    this.#absent.add(gap);
    if (this.#absent.size > MAX_REMEMBERED)
      this.#absent.delete(this.#absent.values().next().value ?? gap);
  }

  /** @returns {Verdict} */
  #newLog() {
    this.#absent.clear();
    return "new log";
  }
}

// The messages that a lane lacks, also while its naive client is disconnected. A naive client has
// no cursor: what is published meanwhile is lost, although no later message reveals the gap yet.

/** @typedef {import("./lane.js").Lane} Lane */

/**
 * Returns whether the client ended by itself and will not reconnect.
 * @param {Lane} lane
 */
export const isStopped = ({ state, trouble }) => state === "off" && Boolean(trouble?.naive);

/**
 * Returns the number of accepted messages that a naive client has missed since it lost its
 * connection.
 * @param {Lane} lane
 */
export function missedSinceLoss(lane) {
  const { state, trouble, published, sequence } = lane;
  const isLost = isStopped(lane) || (state === "retrying" && trouble?.naive);
  return isLost && sequence.position ? Math.max(0, published - sequence.position.offset) : 0;
}

/**
 * Returns the number of all missing messages.
 * @param {Lane} lane
 */
export const missing = (lane) => lane.sequence.missing + missedSinceLoss(lane);
