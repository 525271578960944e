// An answer of a language model: tokens in a channel of their own, which ends with the last. It is
// written at the service and read through the gate.

import * as clock from "../shared/clock.js";
import { TOKENS } from "../page/settings.js";
import { connect } from "../trilane.js";
import { publish } from "../trilane/publisher.js";
import { pause } from "../trilane/time.js";

const INTERVAL_MS = 1_000 / TOKENS.rate;
const CHARACTERS = 4;
const NEVER = new AbortController().signal;

/** A reader to whom nothing happens for this long fails the measurement. */
const PATIENCE_MS = 20_000;

export class Answer {
  /**
   * @param {Pick<import("../lanes/lane.js").Lane, "name" | "base" | "service">} lane
   * @param {string} channel
   * @param {Partial<import("../trilane/options.js").Given>} [platform] replaces the browser's own
   */
  constructor(lane, channel, platform) {
    this.lane = lane;
    this.channel = channel;
    this.platform = platform;
  }

  /**
   * Writes this many tokens, and the end. A slow service does not slow down the schedule.
   * @param {number} tokens
   */
  async write(tokens) {
    const began = clock.now();
    for (let n = 0; n < tokens; n += 1) {
      await pause(began + n * INTERVAL_MS - clock.now(), NEVER);
      await this.publish({ message: String(n).padStart(CHARACTERS, "0") });
    }
    const ended = clock.now();
    await this.publish({ end: true });
    return ended;
  }

  /** @param {{ message?: string, end?: boolean }} content */
  publish(content) {
    const { lane, channel, platform } = this;
    return publish({ base: lane.service, channel, ...content }, platform);
  }

  /** Returns a reader from here on; "0" is the beginning. @param {string} [after] */
  read(after = "0") {
    const { name, base } = this.lane;
    const { channel, platform } = this;
    return new Reader(
      connect({ url: { [name]: base }, transports: [name], channel, after, ...platform }),
    );
  }
}

/** What one tab has of an answer. */
export class Reader {
  /** @type {{ n: number, at: number }[]} by arrival, also what came twice */
  arrivals = [];
  /** @type {number | undefined} when it was told that no more comes */
  ended;
  /** @type {Error | undefined} */
  #failure;
  #wake = () => {};

  /** @param {import("../trilane/connect.js").Connection} connection */
  constructor(connection) {
    this.connection = connection;
    const arrive = (/** @type {{ detail: import("../trilane/events.js").Arrival }} */ { detail }) =>
      this.#take(detail);
    connection.addEventListener("message", arrive);
    connection.addEventListener("duplicate", arrive);
    connection.addEventListener("end", () => this.#end());
    connection.addEventListener("reset", () => this.#fail("its beginning is no longer kept"));
    connection.addEventListener("error", ({ detail }) => detail.final && this.#fail(detail.detail));
  }

  /**
   * Resolves when it has this many tokens, or all.
   * @param {number} [tokens]
   */
  async until(tokens = Infinity) {
    while (this.arrivals.length < tokens && this.ended === undefined && !this.#failure)
      await this.#change();
    if (this.#failure) throw this.#failure;
  }

  /** Ends the connection, as a tab does that is closed. @returns {string} where another resumes */
  close() {
    const { cursor = "0" } = this.connection;
    this.connection.close();
    return cursor;
  }

  async #change() {
    const late = setTimeout(
      () => this.#fail(`nothing arrived for ${PATIENCE_MS / 1_000} s`),
      PATIENCE_MS,
    );
    await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
    clearTimeout(late);
  }

  /** @param {import("../trilane/events.js").Arrival} arrival */
  #take({ message, at }) {
    if (typeof message === "string") this.arrivals.push({ n: Number(message), at });
    this.#wake();
  }

  #end() {
    this.ended = clock.now();
    this.#wake();
  }

  /** @param {string} [why] */
  #fail(why = "refused") {
    this.#failure ??= new Error(why);
    this.#wake();
  }
}
