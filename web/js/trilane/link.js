// One attempt with one transport, under watch: it opens in time or ends, shows life or ends, and ends once, with the
// reason. What comes after its end is not heard.

import { onForbidden, policyHasSpoken, reason } from "./reason.js";
import { symptom } from "./symptom.js";
import { silences, transports } from "./transports/index.js";
import { troubleOf } from "./trouble.js";
import { Watchdog } from "./watchdog.js";

// Having stood so long says that a transport works, even if nothing was published meanwhile.
const STOOD_MS = 10_000;
// A stream this quiet is worth a question when the tab comes back, or the network.
const QUIET_MS = 5_000;

/**
 * @typedef {import("./trouble.js").Trouble} Trouble
 * @typedef {{ trouble?: Trouble, successor?: Link }} Outcome
 * @typedef {{ name: import("./transports/index.js").Name, base: string, channel: string, after?: string }} Target
 *
 * @typedef {object} Hear  what its owner is told, and asked
 * @property {(link: Link, at: number, cursor?: string) => void} open
 * @property {(link: Link, message: import("./transports/index.js").Message, at: number) => void} message
 * @property {(link: Link, reset: import("./transports/index.js").Reset) => void} reset
 * @property {(at: number) => void} request
 * @property {(at: number) => void} requestEnd
 * @property {(name?: import("./transports/index.js").Name) => boolean} hasOpened  whether any link has, or one with this transport
 * @property {() => string | undefined} cursor  where the subscription stands, by whatever link
 */

export class Link {
  /** @type {import("./transports/index.js").Publish | undefined} */
  publish;
  #delivered = false;
  #ending = new AbortController();
  #opening = promised();
  #end = promised();
  /** @type {number | undefined} */
  #openedAt;
  /** @type {Watchdog | undefined} */
  #watchdog;
  #limit;
  #requestIsOpen = false;
  #isChecking = false;

  /** @param {Target} target @param {Hear} hear @param {import("./options.js").Options} options */
  constructor(target, hear, options) {
    this.target = target;
    this.hear = hear;
    this.options = options;
    this.#run();
  }

  /** @returns {Promise<Outcome>} */
  get ended() {
    return this.#end.promise;
  }

  /** Whether it opened where it was asked to, so that it can take over without a reset. @returns {Promise<boolean>} */
  get fits() {
    return this.#opening.promise;
  }

  get name() {
    return this.target.name;
  }

  get isOpen() {
    return this.#openedAt !== undefined && !this.#ending.signal.aborted;
  }

  /** Whether the transport did what it is for, however it ended. @param {Trouble} [trouble] */
  hasWorked({ silent = false } = {}) {
    const stood = this.#openedAt !== undefined && this.options.platform.now() - this.#openedAt >= STOOD_MS;
    return this.#delivered || (stood && !silent);
  }

  /** A message of its was the next one. */
  delivers() {
    this.#delivered = true;
  }

  /** @param {Outcome} outcome */
  finish(outcome) {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    clearTimeout(this.#limit);
    this.#watchdog?.stop();
    this.publish = undefined;
    if (this.#requestIsOpen) this.hear.requestEnd(this.options.platform.now());
    this.#opening.resolve(false);
    this.#end.resolve(outcome);
  }

  /** Something happened that streams often do not survive: a tab that slept, a network that changed. */
  nudge() {
    if (this.#watchdog && this.#watchdog.quiet > QUIET_MS) this.#check();
  }

  async #run() {
    const { openWithin, platform, renews, silence, token } = this.options;
    const late = { detail: `it did not open within ${openWithin / 1000} s`, late: true };
    this.#limit = setTimeout(() => this.finish({ trouble: late }), openWithin);
    const { signal } = this.#ending;
    onForbidden(this.target, signal, (detail) => this.finish({ trouble: { detail, impossible: true } }));
    try {
      const attempt = { ...this.target, token: await token(), silence, signal, ...this.#reports() };
      if (!signal.aborted) await transports[this.name](attempt, platform);
    } catch (error) {
      const trouble = await this.#explained(troubleOf(error));
      // What was allowed a while ago is asked once more: the token may have expired, and the next one may do.
      const mayPass = this.isOpen || (renews && trouble.status === 401);
      this.finish({ trouble: mayPass ? { ...trouble, final: false } : trouble });
    }
  }

  /** Where a connection was never open and there is no reason, one is looked for. @param {Trouble} trouble */
  async #explained(trouble) {
    if (trouble.detail || trouble.status) return trouble;
    const { target, hear, options } = this;
    const { signal } = this.#ending;
    const [found] = await Promise.all([
      hear.hasOpened() ? trouble : reason(target.base, { fetch: options.platform.fetch, signal }),
      // A transport that has opened is not forbidden: its reconnect waits for nothing.
      hear.hasOpened(target.name) || policyHasSpoken(signal),
    ]);
    // In Firefox a WebSocket that the policy forbids cannot be made, and the exception has no message.
    return { ...trouble, ...found };
  }

  #reports() {
    const unlessEnded = (tell) => (...report) => {
      if (!this.#ending.signal.aborted) tell(...report);
    };
    return {
      onOpen: unlessEnded((at, opened) => this.#open(at, opened)),
      onMessage: unlessEnded((message, at) => this.hear.message(this, message, at)),
      onReset: unlessEnded((reset) => this.hear.reset(this, reset)),
      onAlive: () => this.#watchdog?.hear(),
      onRequest: unlessEnded((at) => this.#request(true, at)),
      onRequestEnd: unlessEnded((at) => this.#request(false, at)),
    };
  }

  #open(at, { cursor, reset, publish }) {
    clearTimeout(this.#limit);
    this.#openedAt = at;
    this.publish = publish;
    this.#watchdog = new Watchdog(this.#patience, () => this.#bark(), this.options.platform.now);
    this.#opening.resolve(cursor === this.target.after && !reset);
    this.hear.open(this, at, cursor);
  }

  #request(isOpen, at) {
    this.#requestIsOpen = isOpen;
    if (isOpen) this.hear.request(at);
    else this.hear.requestEnd(at);
  }

  /** How long a question about it may take, milliseconds. */
  get #doubt() {
    const { openWithin, silence } = this.options;
    return Math.min(openWithin, silence / 2);
  }

  /** Whoever has to ask begins early, so that the answer is known when the silence has lasted long enough. */
  get #patience() {
    const { silence } = this.options;
    return silences[this.name] === "asked" ? silence - this.#doubt : silence;
  }

  #bark() {
    const detail = `nothing received for ${this.options.silence / 1000} s, not even a heartbeat`;
    if (silences[this.name] === "fatal") this.finish({ trouble: { detail, silent: true } });
    if (silences[this.name] === "asked") this.#check();
  }

  async #check() {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const { hear, options, target } = this;
    const detail = await symptom(target, { cursor: hear.cursor, signal: this.#ending.signal, limit: this.#doubt }, options);
    this.#isChecking = false;
    if (detail) this.finish({ trouble: { detail, silent: true } });
  }
}

/** A promise and its end; Promise.withResolvers, where it is not there yet. */
function promised() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
