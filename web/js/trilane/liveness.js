// Whether an open connection is alive. After too long a silence it has failed, or is probed: a
// transport that needs a probe starts it early, so that the result is known when `silence` is over.

import { silenceRules } from "./transports/index.js";
import { pause } from "./time.js";
import { toConnectionError } from "./events.js";
import { history, withTimeout } from "./request.js";

// A stream that was idle this long is probed when the tab is shown again or the network is back.
const IDLE_MS = 5_000;

/**
 * @typedef {object} Watched
 * @property {import("./attempt.js").Target} target
 * @property {() => string | undefined} cursor  of the subscription
 * @property {AbortSignal} signal  ends probes
 * @property {(detail: string) => void} onSilent  called if the connection is dead
 */

export class Liveness {
  #watchdog;
  #isProbing = false;

  /** @param {Watched} watched @param {import("./options.js").Options} options */
  constructor(watched, options) {
    this.watched = watched;
    this.options = options;
    this.rule = silenceRules[watched.target.name];
    this.#watchdog = new Watchdog(this.#maxIdle, () => this.#onSilence(), options.platform.now);
  }

  /** Records a sign of life. */
  reset() {
    this.#watchdog.reset();
  }

  stop() {
    this.#watchdog.stop();
  }

  /**
   * Probes an idle stream after an event that streams often do not survive: a hidden tab, another
   * network.
   */
  check() {
    if (this.#watchdog.idleTime > IDLE_MS) this.#probe();
  }

  /** How long a probe may take, milliseconds. */
  get #probeLimit() {
    const { openWithin, silence } = this.options;
    return Math.min(openWithin, silence / 2);
  }

  get #maxIdle() {
    const { silence } = this.options;
    return this.rule === "probe" ? silence - this.#probeLimit : silence;
  }

  #onSilence() {
    const seconds = this.options.silence / 1000;
    if (this.rule === "fail")
      this.watched.onSilent(`nothing received for ${seconds} s, not even a heartbeat`);
    if (this.rule === "probe") this.#probe();
  }

  async #probe() {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const { target, cursor, signal, onSilent } = this.watched;
    const detail = await probe(target, { cursor, signal, limit: this.#probeLimit }, this.options);
    this.#isProbing = false;
    if (detail) onSilent(detail);
  }
}

// Calls back when nothing was received for too long. It needs one timer, not one per message.

class Watchdog {
  #lastActivity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {number} limit milliseconds @param {() => void} onSilence @param {() => number} now */
  constructor(limit, onSilence, now) {
    this.limit = limit;
    this.onSilence = onSilence;
    this.now = now;
    this.#lastActivity = now();
    this.#schedule(limit);
  }

  /** Milliseconds since the last activity. */
  get idleTime() {
    return this.now() - this.#lastActivity;
  }

  /** Records activity. */
  reset() {
    this.#lastActivity = this.now();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {number} ms */
  #schedule(ms) {
    this.#timer = setTimeout(() => this.#check(), ms);
  }

  #check() {
    const left = this.limit - this.idleTime;
    if (left > 0) return this.#schedule(left);
    this.reset();
    this.#schedule(this.limit);
    this.onSilence();
  }
}

// Finds out whether a silent stream is dead: asks the same service over HTTP for messages that the
// stream should have delivered. For transports without visible heartbeats, and for moments that
// streams rarely survive.

/**
 * @param {import("./attempt.js").Target} target
 * @param {{ cursor: () => string | undefined, signal: AbortSignal, limit: number }} stream
 *   `limit`: milliseconds until
 *   the probe is decided
 * @param {import("./options.js").Options} options
 * @returns {Promise<string | undefined>} what is wrong with the stream, undefined if nothing is
 */
async function probe(target, { cursor, signal, limit }, { platform, token }) {
  const before = cursor();
  const end = platform.now() + limit;
  const request = async (/** @type {AbortSignal} */ signal) => {
    const subscription = { ...target, token: await token() };
    return history(subscription, { after: before, limit: 1 }, { fetch: platform.fetch, signal });
  };
  const response = await withTimeout(limit, signal, request).catch(toConnectionError);
  if ("status" in response) return; // The service is up, and only refused this request.
  const hasMoved = () => cursor() !== before;
  if (!("messages" in response))
    return hasMoved() ? undefined : (response.detail ?? "the service cannot be reached");
  if (!response.messages.length && !response.reset) return;
  await pause(end - platform.now(), signal);
  return hasMoved() ? undefined : "the service has newer messages that did not arrive";
}
