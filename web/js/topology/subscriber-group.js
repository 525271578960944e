// A group of subscribers of one channel, and a steady few messages to them. Draws nothing.

import * as clock from "../clock.js";
import { steady } from "../shared/steady-rate.js";
import { DeliveryLedger } from "./delivery-ledger.js";
import { Subscriber } from "./subscriber.js";

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
