// Which of the accepted messages every reader has.

import { parseId } from "../trilane/id.js";

/** @typedef {{ cursor?: string }} Reader  whose cursor is the last id that it has, or where it was told to go on */

export class Ledger {
  accepted = 0;
  /** Accepted, and every reader has it. */
  complete = 0;
  twice = 0;
  /** Readers that were told that messages are lost. */
  resets = 0;
  /** @type {Map<string, { isAccepted: boolean, got: Set<Reader> }>} what is not complete yet */
  #open = new Map();

  /** @param {number} readers */
  constructor(readers) {
    this.readers = readers;
  }

  /** A service has said yes to it. @param {string} id */
  accept(id) {
    this.accepted += 1;
    this.#note(id, (entry) => (entry.isAccepted = true));
  }

  /** Which may be before its publisher is answered. @param {Reader} reader @param {string} id */
  receive(reader, id) {
    this.#note(id, ({ got }) => got.add(reader));
  }

  /** Messages that a reader never gets, since it goes on behind them; once for each reader. @param {Reader[]} readers */
  missing(readers) {
    let missing = 0;
    for (const [id, { isAccepted, got }] of this.#open) {
      if (isAccepted) missing += readers.filter((reader) => !got.has(reader) && isBehind(id, reader.cursor)).length;
    }
    return missing;
  }

  #note(id, change) {
    const entry = this.#open.get(id) ?? { isAccepted: false, got: new Set() };
    change(entry);
    const isComplete = entry.isAccepted && entry.got.size === this.readers;
    this.complete += Number(isComplete);
    if (isComplete) this.#open.delete(id);
    else this.#open.set(id, entry);
  }
}

/** @param {string} text @param {string} [cursor] */
function isBehind(text, cursor) {
  const [id, position] = [parseId(text), parseId(cursor)];
  return Boolean(id && position && (id.epoch !== position.epoch || id.offset <= position.offset));
}
