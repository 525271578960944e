// The subscribers of the topology, and what was delivered to them.

import * as clock from "../shared/clock.js";
import { steady } from "../shared/clock.js";
import { Subscriber } from "./subscriber.js";
import { parseId } from "../trilane/cursor.js";

// A group of subscribers of one channel, and a steady few messages to them. Draws nothing.

/** Far below the total that Firefox (200) and Chromium (255) open. */
export const SUBSCRIBERS = 24;
/** Messages per second. */
const RATE = 8;

/** Dispatches `change` when a subscriber connects or disconnects. */
export class SubscriberGroup extends EventTarget {
  ledger = new DeliveryLedger(SUBSCRIBERS);
  /**
   * @type {number | undefined} time until all were up to date again, since `watch`, if some were
   *   not
   */
  back;
  #watched = clock.now();
  /** Whether any subscriber was late or disconnected since. */
  isDisturbed = false;
  #publishing = new AbortController();
  /**
   * Whether it publishes: it starts once all are connected, or later subscribers would miss the
   * first messages.
   */
  publishes = false;

  /** @param {{ url: string, channel: string }} where */
  constructor(where) {
    super();
    const { ledger } = this;
    const onMove = () => {
      if (this.subscribers.every(({ servedBy }) => servedBy)) this.#publish();
      this.dispatchEvent(new Event("change"));
    };
    /** @type {ConstructorParameters<typeof Subscriber>[1]} */
    const callbacks = {
      message: (subscriber, id) => ledger.receive(subscriber, id),
      duplicate: () => (ledger.duplicates += 1),
      reset: () => (ledger.resets += 1),
      onMove,
    };
    this.subscribers = Array.from({ length: SUBSCRIBERS }, () => new Subscriber(where, callbacks));
  }

  /** The longest silence of any subscriber, milliseconds. */
  get silence() {
    return Math.max(...this.subscribers.map(({ silence }) => silence));
  }

  /** @param {import("./subscriber.js").Condition} condition @param {number} now */
  count(condition, now) {
    return this.subscribers.filter((subscriber) => subscriber.condition(now) === condition).length;
  }

  /** Starts to measure silences and the time until all are up to date again. */
  watch() {
    this.#watched = clock.now();
    this.isDisturbed = false;
    this.back = undefined;
    for (const subscriber of this.subscribers) subscriber.silence = 0;
  }

  /** Updates the measurements; to be called several times a second. @param {number} now */
  look(now) {
    for (const subscriber of this.subscribers)
      subscriber.silence = Math.max(subscriber.silence, subscriber.age(now));
    this.ledger.look(this.subscribers);
    if (!this.publishes || this.back !== undefined) return;
    const isWhole = this.count("current", now) === this.subscribers.length;
    if (this.isDisturbed && isWhole) this.back = now - this.#watched;
    this.isDisturbed ||= !isWhole;
  }

  #publish() {
    if (this.publishes || this.#publishing.signal.aborted) return;
    this.publishes = true;
    this.watch();
    steady(RATE, this.#publishing.signal, (due) => this.#send(due));
  }

  close() {
    this.#publishing.abort();
    for (const subscriber of this.subscribers) subscriber.close();
  }

  /**
   * Publishes through a subscriber with the newest message: a busy worker would delay the message
   * for all.
   * @param {number} due
   */
  #send(due) {
    const open = this.subscribers.filter(({ servedBy }) => servedBy);
    const newest = Math.max(...open.map((subscriber) => subscriber.newest ?? 0));
    const current = open.filter((subscriber) => (subscriber.newest ?? 0) === newest);
    const via = current[Math.floor(Math.random() * current.length)];
    via?.connection.publish({ sent: due }).then(
      ({ id }) => this.ledger.accept(id),
      () => {},
    );
  }
}

// Tracks which accepted messages every subscriber has received. A message is settled when each
// subscriber has it or will never get it; of settled messages only counts are kept.

// Publishers give up after two minutes, in which a thousand messages are published: an older one is
// never confirmed.
const MAX_AWAITED = 1_000;

/**
 * @typedef {{ cursor?: string }} Recipient  a subscriber: `cursor` is the last id it has, or where
 *   a reset sent it
 * @typedef {object} Entry
 * @property {import("../trilane/cursor.js").Id} id
 * @property {boolean} isAccepted
 * @property {Set<Recipient>} got
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
   * @param {Recipient} subscriber
   * @param {string} id
   */
  receive(subscriber, id) {
    this.#note(id, ({ got }) => got.add(subscriber));
  }

  /**
   * Settles what the subscribers' cursors settle, and counts missing messages.
   * @param {Recipient[]} subscribers all of them
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

  /** @param {string} text @param {(entry: Entry) => unknown} change */
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
 * @param {import("../trilane/cursor.js").Id} id
 * @param {import("../trilane/cursor.js").Id} [cursor]
 */
const isBehind = (id, cursor) =>
  cursor !== undefined && (id.epoch !== cursor.epoch || id.offset <= cursor.offset);
