// One attempt with one transport. It must open in time and stay alive. It ends once, with the
// reason; reports that arrive after its end are dropped.

import { toConnectionError } from "./events.js";
import { Liveness } from "./liveness.js";
import { transports } from "./transports/index.js";
import { explained, onPolicyViolation } from "./unreachable.js";

// A connection that was open this long works, even if nothing was published meanwhile.
const WORKS_AFTER_MS = 10_000;

/**
 * @typedef {import("./events.js").ConnectionError} ConnectionError
 * @typedef {{ error?: ConnectionError, successor?: Attempt }} Outcome
 * @typedef {{ name: import("./transports/index.js").Name, base: string, channel: string, after?:
 *   string }} Target
 *
 * @typedef {object} Owner  receives what the attempt reports, and answers its questions
 * @property {(attempt: Attempt, at: number, cursor?: string) => void} open
 * @property {(attempt: Attempt, message: import("./transports/index.js").Message, at: number) =>
 *   void} message
 * @property {(attempt: Attempt, reset: import("./transports/index.js").Reset) => void} reset
 * @property {(cursor: string) => void} cursorIs  where the channels without a cursor are
 * @property {(attempt: Attempt, cursor: string) => void} end
 * @property {(at: number) => void} request
 * @property {(at: number) => void} requestEnd
 * @property {(name?: import("./transports/index.js").Name) => boolean} hasOpened  whether any
 *   attempt has opened, or one with this transport
 * @property {() => string | undefined} cursor  of the subscription, over all attempts
 */

export class Attempt {
  /** @type {import("./transports/index.js").Publish | undefined} */
  publish;
  /** @type {import("./transports/index.js").Request | undefined} */
  request;
  #hasDelivered = false;
  #ending = new AbortController();
  /** @type {ReturnType<typeof withResolvers<boolean>>} */
  #opening = withResolvers();
  /** @type {ReturnType<typeof withResolvers<Outcome>>} */
  #end = withResolvers();
  /** @type {number | undefined} */
  #openedAt;
  /** @type {Liveness | undefined} */
  #liveness;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #openTimer;
  #isRequestOpen = false;

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

  get isRunning() {
    return !this.#ending.signal.aborted;
  }

  get isOpen() {
    return this.#openedAt !== undefined && this.isRunning;
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
    this.#liveness?.stop();
    this.publish = undefined;
    this.request = undefined;
    if (this.#isRequestOpen) this.owner.requestEnd(this.options.platform.now());
    this.#opening.resolve(false);
    this.#end.resolve(outcome);
  }

  /** Probes an idle stream after an event that it may not have survived. */
  check() {
    this.#liveness?.check();
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
      const error = await explained(toConnectionError(thrown), this, signal);
      // A refusal after a success is tried once more: the token may have expired, and the next one
      // may be valid.
      const mayRecover = this.isOpen || (renewsToken && error.status === 401);
      this.finish({ error: mayRecover ? { ...error, final: false } : error });
    }
  }

  /** @returns {import("./transports/index.js").Callbacks} */
  #callbacks() {
    const unlessEnded =
      /** @template {unknown[]} Args @param {(...args: Args) => void} report */
      (report) =>
      /** @param {Args} args */
      (...args) => {
        if (!this.#ending.signal.aborted) report(...args);
      };
    return {
      onOpen: unlessEnded((at, opened) => this.#open(at, opened)),
      onMessage: unlessEnded((message, at) => this.owner.message(this, message, at)),
      onReset: unlessEnded((reset) => this.owner.reset(this, reset)),
      onCursor: unlessEnded((cursor) => this.owner.cursorIs(cursor)),
      onEnd: unlessEnded((cursor) => this.owner.end(this, cursor)),
      onAlive: () => this.#liveness?.reset(),
      onRequest: unlessEnded((at) => this.#reportRequest(true, at)),
      onRequestEnd: unlessEnded((at) => this.#reportRequest(false, at)),
    };
  }

  /** @param {number} at @param {import("./transports/index.js").Opened} opened */
  #open(at, { cursor, reset, publish, request }) {
    clearTimeout(this.#openTimer);
    this.#openedAt = at;
    this.publish = publish;
    this.request = request;
    this.#liveness = this.#watch();
    this.#opening.resolve(cursor === this.target.after && !reset);
    this.owner.open(this, at, cursor);
  }

  /** @param {boolean} isOpen @param {number} at */
  #reportRequest(isOpen, at) {
    this.#isRequestOpen = isOpen;
    if (isOpen) this.owner.request(at);
    else this.owner.requestEnd(at);
  }

  #watch() {
    const { target, owner, options } = this;
    const onSilent = (/** @type {string} */ detail) =>
      this.finish({ error: { detail, silent: true } });
    const watched = { target, cursor: owner.cursor, signal: this.#ending.signal, onSilent };
    return new Liveness(watched, options);
  }
}

// A promise that is settled from outside.

/**
 * `Promise.withResolvers`, for platforms without it.
 * @template T
 * @returns {{ promise: Promise<T>, resolve: (value: T) => void }}
 */
function withResolvers() {
  /** @type {(value: T) => void} */
  let resolve = () => {};
  /** @type {Promise<T>} */
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
