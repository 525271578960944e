// One attempt with one transport. It must open in time and stay alive. It ends once, with the
// reason; reports that arrive after its end are dropped.

import { toConnectionError } from "./connection-error.js";
import { probe } from "./probe.js";
import { silenceRules, transports } from "./transports/index.js";
import { onPolicyViolation, policyReported, unreachableReason } from "./unreachable.js";
import { Watchdog } from "./watchdog.js";

// A connection that was open this long works, even if nothing was published meanwhile.
const WORKS_AFTER_MS = 10_000;
// A stream that was idle this long is probed when the tab is shown again or the network is back.
const IDLE_MS = 5_000;

/**
 * @typedef {import("./connection-error.js").ConnectionError} ConnectionError
 * @typedef {{ error?: ConnectionError, successor?: Attempt }} Outcome
 * @typedef {{ name: import("./transports/index.js").Name, base: string, channel: string, after?:
 *   string }} Target
 *
 * @typedef {object} Owner  receives what the attempt reports, and answers its questions
 * @property {(attempt: Attempt, at: number, cursor?: string) => void} open
 * @property {(attempt: Attempt, message: import("./transports/index.js").Message, at: number) =>
 *   void} message
 * @property {(attempt: Attempt, reset: import("./transports/index.js").Reset) => void} reset
 * @property {(at: number) => void} request
 * @property {(at: number) => void} requestEnd
 * @property {(name?: import("./transports/index.js").Name) => boolean} hasOpened  whether any
 *   attempt has opened, or one with this transport
 * @property {() => string | undefined} cursor  of the subscription, over all attempts
 */

export class Attempt {
  /** @type {import("./transports/index.js").Publish | undefined} */
  publish;
  #hasDelivered = false;
  #ending = new AbortController();
  #opening = withResolvers();
  #end = withResolvers();
  /** @type {number | undefined} */
  #openedAt;
  /** @type {Watchdog | undefined} */
  #watchdog;
  #openTimer;
  #isRequestOpen = false;
  #isProbing = false;

  /** @param {Target} target @param {Owner} owner @param {import("./options.js").Options} options */
  constructor(target, owner, options) {
    this.target = target;
    this.owner = owner;
    this.options = options;
    this.#run();
  }

  /** @returns {Promise<Outcome>} */
  get ended() {
    return this.#end.promise;
  }

  /**
   * Whether it opened at the requested cursor, so that the session can move to it without a reset.
   * @returns {Promise<boolean>}
   */
  get resumed() {
    return this.#opening.promise;
  }

  get name() {
    return this.target.name;
  }

  get isOpen() {
    return this.#openedAt !== undefined && !this.#ending.signal.aborted;
  }

  /**
   * Whether the transport did its job, however the attempt ended.
   * @param {ConnectionError} [error]
   */
  hasWorked({ silent = false } = {}) {
    const stayedOpen =
      this.#openedAt !== undefined &&
      this.options.platform.now() - this.#openedAt >= WORKS_AFTER_MS;
    return this.#hasDelivered || (stayedOpen && !silent);
  }

  /** Records that it brought the message that was due. */
  recordDelivery() {
    this.#hasDelivered = true;
  }

  /** @param {Outcome} outcome */
  finish(outcome) {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    clearTimeout(this.#openTimer);
    this.#watchdog?.stop();
    this.publish = undefined;
    if (this.#isRequestOpen) this.owner.requestEnd(this.options.platform.now());
    this.#opening.resolve(false);
    this.#end.resolve(outcome);
  }

  /**
   * Probes an idle stream after an event that streams often do not survive: a hidden tab, another
   * network.
   */
  check() {
    if (this.#watchdog && this.#watchdog.idleTime > IDLE_MS) this.#probe();
  }

  async #run() {
    const { openWithin, platform, renewsToken, silence, token } = this.options;
    const late = { detail: `it did not open within ${openWithin / 1000} s`, late: true };
    this.#openTimer = setTimeout(() => this.finish({ error: late }), openWithin);
    const { signal } = this.#ending;
    onPolicyViolation(this.target, signal, (detail) =>
      this.finish({ error: { detail, impossible: true } }),
    );
    try {
      const subscription = {
        ...this.target,
        token: await token(),
        silence,
        signal,
        ...this.#callbacks(),
      };
      if (!signal.aborted) await transports[this.name](subscription, platform);
    } catch (thrown) {
      const error = await this.#explain(toConnectionError(thrown));
      // A refusal after a success is tried once more: the token may have expired, and the next one
      // may be valid.
      const mayRecover = this.isOpen || (renewsToken && error.status === 401);
      this.finish({ error: mayRecover ? { ...error, final: false } : error });
    }
  }

  /**
   * Looks for the reason, if the connection never opened and none is known.
   * @param {ConnectionError} error
   */
  async #explain(error) {
    if (error.detail || error.status) return error;
    const { target, owner, options } = this;
    const { signal } = this.#ending;
    const [found] = await Promise.all([
      owner.hasOpened()
        ? error
        : unreachableReason(target.base, { fetch: options.platform.fetch, signal }),
      // A transport that has opened before is not forbidden, so its reconnect does not wait.
      owner.hasOpened(target.name) || policyReported(signal),
    ]);
    // In Firefox the constructor of a forbidden WebSocket throws an exception without a message.
    return { ...error, ...found };
  }

  #callbacks() {
    const unlessEnded =
      (report) =>
      (...args) => {
        if (!this.#ending.signal.aborted) report(...args);
      };
    return {
      onOpen: unlessEnded((at, opened) => this.#open(at, opened)),
      onMessage: unlessEnded((message, at) => this.owner.message(this, message, at)),
      onReset: unlessEnded((reset) => this.owner.reset(this, reset)),
      onAlive: () => this.#watchdog?.reset(),
      onRequest: unlessEnded((at) => this.#reportRequest(true, at)),
      onRequestEnd: unlessEnded((at) => this.#reportRequest(false, at)),
    };
  }

  #open(at, { cursor, reset, publish }) {
    clearTimeout(this.#openTimer);
    this.#openedAt = at;
    this.publish = publish;
    this.#watchdog = new Watchdog(
      this.#maxIdle,
      () => this.#onSilence(),
      this.options.platform.now,
    );
    this.#opening.resolve(cursor === this.target.after && !reset);
    this.owner.open(this, at, cursor);
  }

  #reportRequest(isOpen, at) {
    this.#isRequestOpen = isOpen;
    if (isOpen) this.owner.request(at);
    else this.owner.requestEnd(at);
  }

  /** How long a probe may take, milliseconds. */
  get #probeLimit() {
    const { openWithin, silence } = this.options;
    return Math.min(openWithin, silence / 2);
  }

  /**
   * A transport that needs a probe starts it early, so that the result is known when `silence` is
   * over.
   */
  get #maxIdle() {
    const { silence } = this.options;
    return silenceRules[this.name] === "probe" ? silence - this.#probeLimit : silence;
  }

  #onSilence() {
    const detail = `nothing received for ${this.options.silence / 1000} s, not even a heartbeat`;
    if (silenceRules[this.name] === "fail") this.finish({ error: { detail, silent: true } });
    if (silenceRules[this.name] === "probe") this.#probe();
  }

  async #probe() {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const { owner, options, target } = this;
    const detail = await probe(
      target,
      { cursor: owner.cursor, signal: this.#ending.signal, limit: this.#probeLimit },
      options,
    );
    this.#isProbing = false;
    if (detail) this.finish({ error: { detail, silent: true } });
  }
}

/** `Promise.withResolvers`, for platforms without it. */
function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
