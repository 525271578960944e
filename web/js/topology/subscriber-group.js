// Many readers of one channel, and a steady few messages to them. Draws nothing.

import * as clock from "../clock.js";
import { steady } from "../shared/steady-rate.js";
import { DeliveryLedger } from "./delivery-ledger.js";
import { Reader } from "./subscriber.js";

/** Far below what Firefox (200) and Chromium (255) open in all. */
export const READERS = 24;
/** Messages a second. */
const RATE = 8;

/** Dispatches `change` when a reader moves. */
export class SubscriberGroup extends EventTarget {
  ledger = new DeliveryLedger(READERS);
  /** @type {number | undefined} how long it took, since it was watched, until all were fresh after some were not */
  back;
  #watched = clock.now();
  /** Whether anybody was late or out since. */
  isDisturbed = false;
  #publishing = new AbortController();
  /** It does so once all are connected: others would begin behind messages that count. */
  publishes = false;

  /** @param {{ url: string, channel: string }} where */
  constructor(where) {
    super();
    const { ledger } = this;
    const moved = () => {
      if (this.readers.every(({ place }) => place)) this.#publish();
      this.dispatchEvent(new Event("change"));
    };
    const hear = { message: (reader, id) => ledger.receive(reader, id), duplicate: () => (ledger.twice += 1), reset: () => (ledger.resets += 1), moved };
    this.readers = Array.from({ length: READERS }, () => new Reader(where, hear));
  }

  /** The longest of any reader, milliseconds. */
  get silence() {
    return Math.max(...this.readers.map(({ silence }) => silence));
  }

  /** @param {import("./subscriber.js").Condition} condition @param {number} now */
  count(condition, now) {
    return this.readers.filter((reader) => reader.condition(now) === condition).length;
  }

  /** Counts silences and the time until all are back from now on. */
  watch() {
    this.#watched = clock.now();
    this.isDisturbed = false;
    this.back = undefined;
    for (const reader of this.readers) reader.silence = 0;
  }

  /** To be called several times a second. @param {number} now */
  look(now) {
    for (const reader of this.readers) reader.silence = Math.max(reader.silence, reader.age(now));
    this.ledger.look(this.readers);
    if (!this.publishes || this.back !== undefined) return;
    const isWhole = this.count("fresh", now) === this.readers.length;
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
    for (const reader of this.readers) reader.close();
  }

  /** Through a reader that has the newest message, since one on a worker that is busy would hold it up for all. */
  #send(due) {
    const open = this.readers.filter(({ place }) => place);
    const newest = Math.max(...open.map((reader) => reader.newest ?? 0));
    const fresh = open.filter((reader) => (reader.newest ?? 0) === newest);
    const via = fresh[Math.floor(Math.random() * fresh.length)];
    via?.connection.publish({ sent: due }).then(({ id }) => this.ledger.accept(id), () => {});
  }
}
