// Tracks which accepted messages every subscriber has received. A message is settled when each
// subscriber has it or will never get it; of settled messages only counts are kept.

import { parseId } from "../trilane/id.js";

// Publishers give up after two minutes, in which a thousand messages are published: an older one is
// never confirmed.
const MAX_AWAITED = 1_000;

/**
 * @typedef {{ cursor?: string }} Subscriber  a subscriber: `cursor` is the last id it has, or where
 *   a reset sent it
 * @typedef {{ id: import("../trilane/id.js").Id, isAccepted: boolean, got: Set<Subscriber> }} Entry
 */

export class DeliveryLedger {
  accepted = 0;
  /** Accepted, and received by every subscriber. */
  complete = 0;
  /**
   * Accepted messages that a subscriber will never get, since its cursor is past them; counted once
   * per subscriber.
   */
  missing = 0;
  duplicates = 0;
  /** Resets of subscribers. */
  resets = 0;
  /** @type {Map<string, Entry>} not settled yet */
  #open = new Map();
  /**
   * @type {Map<string, number>} number of subscribers that lack a settled message, until the
   *   message is confirmed
   */
  #awaited = new Map();
  /** Missing, of all settled messages. */
  #lost = 0;

  /** @param {number} subscribers */
  constructor(subscribers) {
    this.subscribers = subscribers;
  }

  /** The number of messages in memory. */
  get remembered() {
    return this.#open.size + this.#awaited.size;
  }

  /** Records that a service accepted the message. @param {string} id */
  accept(id) {
    this.accepted += 1;
    const lacking = this.#awaited.get(id);
    if (lacking !== undefined) return this.#count(id, lacking);
    this.#note(id, (entry) => (entry.isAccepted = true));
  }

  /**
   * Records a delivery, possibly before the message is confirmed.
   * @param {Subscriber} subscriber
   * @param {string} id
   */
  receive(subscriber, id) {
    this.#note(id, ({ got }) => got.add(subscriber));
  }

  /**
   * Settles what the subscribers' cursors settle, and counts missing messages.
   * @param {Subscriber[]} subscribers all of them
   */
  look(subscribers) {
    const cursors = new Map(
      subscribers.map((subscriber) => [subscriber, parseId(subscriber.cursor)]),
    );
    let lacking = 0;
    for (const [id, entry] of this.#open) {
      const without = subscribers.filter((subscriber) => !entry.got.has(subscriber));
      const behind = without.filter((subscriber) =>
        isBehind(entry.id, cursors.get(subscriber)),
      ).length;
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
    if (entry.got.size === this.subscribers) this.#decide(text, entry, 0);
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

/**
 * Returns whether the cursor is past the id, or in another history.
 * @param {import("../trilane/id.js").Id} id
 * @param {import("../trilane/id.js").Id} [cursor]
 */
const isBehind = (id, cursor) =>
  cursor !== undefined && (id.epoch !== cursor.epoch || id.offset <= cursor.offset);
