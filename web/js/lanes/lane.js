// The state of one lane, as plain facts and counts. No DOM, no network.

import { Histogram } from "../results/histogram.js";
import { keyOf, latencyOf, textOf } from "./payload.js";
import { BytesPerMessage, Freshness } from "./figures.js";
import { parseId } from "../trilane/cursor.js";
import { Sequence } from "./sequence.js";
import { medianOf } from "../shared/bounded.js";
import { Trace } from "./trace.js";

const SHOWN = 20;

/**
 * @typedef {"connecting" | "open" | "retrying" | "off" | "recorded"} State
 * @typedef {import("../trilane/events.js").ConnectionError & { naive?: boolean }} Trouble
 *   `naive`: of a naive client
 * @typedef {{ id: string, offset?: number, key: string, text: string, verdict: string, ms?: number,
 *   oneClock?: boolean }} Entry
 */

export class Lane {
  /** @type {State} */
  state = "off";
  /** @type {Trouble | undefined} */
  trouble;
  requests = 0;
  reconnects = 0;
  resets = 0;
  /** When the newest message was sent, as far as that is known. */
  newest = -Infinity;
  /**
   * @type {{ what: "reset" | "new log", at: number } | undefined} the latest break in the sequence
   */
  discontinuity;
  sequence = new Sequence();
  /** The page's own count of the newest message that the services accepted. */
  published = 0;
  /** All latencies measured with one clock since the page started. */
  latencies = new Histogram();
  freshness = new Freshness();
  /** @type {number | undefined} counted by the gate in both directions since the page was opened */
  wireBytes;
  bytesPerMessage = new BytesPerMessage();
  /** @type {Entry[]} newest first */
  entries = [];
  trace = new Trace();
  /** @type {string | undefined} the id after which to resume */
  cursor;
  /**
   * @type {number | null | undefined} names the history, and so the broker, of the service; null if
   *   it sent none
   */
  epoch;
  #lost = false;

  /**
   * @param {import("../trilane/transports/index.js").Name} name
   * @param {string} base where it connects
   * @param {string} [service] where messages are published
   */
  constructor(name, base, service = base) {
    this.name = name;
    this.base = base;
    this.service = service;
  }

  /** Whether messages arrive, now or in the recording. */
  get isLive() {
    return this.state === "open" || this.state === "recorded";
  }

  /**
   * @param {State} state
   * @param {number} at
   * @param {Trouble} [trouble]
   */
  enter(state, at, trouble) {
    // Leaving an open lane loses nothing. Giving up on a lost one and connecting again is a
    // reconnect.
    if (state === "retrying" && this.isLive) this.#lost = true;
    if (state === "open" || state === "recorded") this.#open(at);
    if (state === "off") this.trace.end(at);
    this.state = state;
    this.trace.setOpen(this.isLive, at);
    this.trouble = trouble;
  }

  /** @param {number} at */
  #open(at) {
    this.trace.open(at);
    this.reconnects += Number(this.#lost);
    this.#lost = false;
  }

  /** @param {number} at */
  request(at) {
    this.requests += 1;
    this.trace.begin(at);
  }

  forgetRequests() {
    this.requests = 0;
    this.trace.requests.drop(this.trace.requests.length);
  }

  /** Forgets the cursor: what arrives next continues nothing. */
  startAnew() {
    this.cursor = undefined;
    this.sequence.startAnew();
  }

  /** @param {string} cursor */
  begin(cursor) {
    this.cursor = cursor;
    this.epoch = parseId(cursor)?.epoch;
    this.sequence.startAfter(cursor);
  }

  /** @param {import("../trilane/transports/index.js").Reset} reset @param {number} at */
  reset(reset, at) {
    this.resets += 1;
    this.discontinuity = { what: "reset", at };
    this.sequence.reset(reset);
  }

  /**
   * @param {import("../trilane/transports/index.js").Message} message
   * @param {number} at
   * @param {string} page
   * @returns {Entry}
   */
  receive(message, at, page) {
    const { missing } = this.sequence;
    const verdict = this.sequence.accept(message.id);
    const latency = latencyOf(message, at, page);
    // A duplicate says nothing about the latency of the first copy, and another clock would distort
    // the median.
    if (latency?.oneClock && verdict !== "duplicate") this.latencies.record(latency.ms);
    if (verdict === "new log") this.discontinuity = { what: verdict, at };
    const id = parseId(message.id);
    this.cursor = message.id;
    this.epoch = id?.epoch;
    const own = latency?.oneClock ? message.message : undefined;
    this.freshness.end(this.newest, at);
    this.newest = Math.max(this.newest, own?.sent ?? message.time);
    const lacks = Math.max(0, this.sequence.missing - missing);
    if (verdict === "late" && id) this.trace.fill(id.offset);
    this.trace.add({
      at,
      sent: own?.sent,
      n: own?.n,
      offset: id?.offset,
      kind: verdict,
      missing: lacks,
    });
    const entry = {
      id: message.id,
      offset: id?.offset,
      key: keyOf(message),
      text: textOf(message),
      verdict,
      ...latency,
    };
    this.entries = [entry, ...this.entries.slice(0, SHOWN - 1)];
    return entry;
  }

  /**
   * Returns the median latency of the page's own messages sent since then.
   * @param {number} since
   * @returns {number | undefined} milliseconds
   */
  medianLatency(since) {
    return medianOf(this.trace.latencies(since));
  }
}
