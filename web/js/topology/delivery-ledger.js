// MessageKey of the accepted messages every reader has. A message is decided when each reader has it or never gets it; what is
// decided is a number, and nothing of it is kept.

import { parseId } from "../trilane/id.js";

// Publishers give up after two minutes, in which a thousand are published: whoever is older than that is never answered.
const MAX_AWAITED = 1_000;

/**
 * @typedef {{ cursor?: string }} Reader  whose cursor is the last id that it has, or where it was told to go on
 * @typedef {{ id: import("../trilane/id.js").Id, isAccepted: boolean, got: Set<Reader> }} Entry
 */

export class DeliveryLedger {
  accepted = 0;
  /** Accepted, and every reader has it. */
  complete = 0;
  /** Accepted messages that a reader never gets, since it goes on behind them; once for each reader. */
  missing = 0;
  twice = 0;
  /** Readers that were told that messages are lost. */
  resets = 0;
  /** @type {Map<string, Entry>} what is not decided yet */
  #open = new Map();
  /** @type {Map<string, number>} how many readers lack what is decided, until its publisher is answered */
  #awaited = new Map();
  /** What is missing of all that is decided. */
  #lost = 0;

  /** @param {number} readers */
  constructor(readers) {
    this.readers = readers;
  }

  /** How many messages are remembered. */
  get remembered() {
    return this.#open.size + this.#awaited.size;
  }

  /** A service has said yes to it. @param {string} id */
  accept(id) {
    this.accepted += 1;
    const lacking = this.#awaited.get(id);
    if (lacking !== undefined) return this.#count(id, lacking);
    this.#note(id, (entry) => (entry.isAccepted = true));
  }

  /** MessageKey may be before its publisher is answered. @param {Reader} reader @param {string} id */
  receive(reader, id) {
    this.#note(id, ({ got }) => got.add(reader));
  }

  /** Decides what the readers' cursors decide, and counts what is missing. @param {Reader[]} readers all of them */
  look(readers) {
    const cursors = new Map(readers.map((reader) => [reader, parseId(reader.cursor)]));
    let lacking = 0;
    for (const [id, entry] of this.#open) {
      const without = readers.filter((reader) => !entry.got.has(reader));
      const behind = without.filter((reader) => isBehind(entry.id, cursors.get(reader))).length;
      if (behind === without.length) this.#decide(id, entry, behind);
      else if (entry.isAccepted) lacking += behind;
    }
    this.missing = this.#lost + lacking;
  }

  #note(text, change) {
    const id = parseId(text);
    if (!id) return;
    const entry = this.#open.get(text) ?? { id, isAccepted: false, got: new Set() };
    this.#open.set(text, entry);
    change(entry);
    if (entry.got.size === this.readers) this.#decide(text, entry, 0);
  }

  /** @param {string} id @param {Entry} entry @param {number} lacking */
  #decide(id, { isAccepted }, lacking) {
    this.#open.delete(id);
    if (isAccepted) return this.#count(id, lacking);
    this.#awaited.set(id, lacking);
    const [oldest] = this.#awaited.keys();
    if (this.#awaited.size > MAX_AWAITED) this.#awaited.delete(oldest);
  }

  /** @param {string} id @param {number} lacking */
  #count(id, lacking) {
    this.#awaited.delete(id);
    this.#lost += lacking;
    this.complete += Number(!lacking);
  }
}

/** Also in another log. @param {import("../trilane/id.js").Id} id @param {import("../trilane/id.js").Id} [cursor] */
const isBehind = (id, cursor) => cursor !== undefined && (id.epoch !== cursor.epoch || id.offset <= cursor.offset);
