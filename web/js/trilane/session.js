// Keeps one subscription alive: makes one attempt after another, waits in between, falls back to
// other transports and upgrades again. Every message passes the same delivery cursor, so moving
// between attempts neither loses nor repeats one.

import { Attempt } from "./attempt.js";
import { Backoff, pause } from "./time.js";
import { CombinedCursor } from "./cursor.js";
import { FallbackOrder, UpgradeTimer } from "./fallback-order.js";

/** @typedef {import("./events.js").ConnectionError} ConnectionError */

export class Session {
  #stopping = new AbortController();
  #waiting = new AbortController();
  /** @type {Attempt | undefined} */
  #current;
  /** @type {Attempt | undefined} an attempt with a better transport, beside the current one */
  #upgrade;
  /** The transports that have opened. */
  #opened = new Set();

  /**
   * @param {import("./options.js").Options} options
   * @param {(type: string, detail: object) => void} report
   */
  constructor(options, report) {
    const { channels, climbAfter, names, platform } = options;
    this.options = options;
    this.report = (/** @type {string} */ type, /** @type {object} */ detail) =>
      void (this.#stopping.signal.aborted || report(type, detail));
    this.delivery = new CombinedCursor(channels, options.after);
    this.order = new FallbackOrder(names);
    this.backoff = new Backoff(platform.random);
    this.upgradeTimer = new UpgradeTimer(climbAfter, platform.random);
    this.now = platform.now;
  }

  /** Runs until it is stopped, or until no transport is left. */
  async run() {
    this.#current = this.#start(this.order.current);
    while (this.#current) {
      /** @type {import("./attempt.js").Outcome} */
      const { error = {}, successor } = await this.#current.ended;
      this.#current = successor ?? (await this.#next(this.#current, error));
    }
  }

  stop() {
    this.#stopping.abort();
    this.upgradeTimer.cancel();
    this.#waiting.abort();
    this.#current?.finish({});
    this.#upgrade?.finish({});
  }

  /** Retries at once if it waits, and probes the connection if it is idle. */
  check() {
    this.#waiting.abort();
    this.#current?.check();
  }

  get cursor() {
    return this.delivery.cursor;
  }

  /** @param {string} channel @param {string} [after] */
  async subscribe(channel, after) {
    this.delivery.add(channel, after);
    try {
      await this.#change({ subscribe: { channel, after } });
    } catch (error) {
      this.delivery.remove(channel);
      throw error;
    }
  }

  /** @param {string} channel */
  async unsubscribe(channel) {
    this.delivery.remove(channel);
    await this.#change({ unsubscribe: { channel } });
  }

  /**
   * Changes the channels of the open WebSocket, or connects again with the new ones.
   * @param {object} request
   */
  async #change(request) {
    this.#upgrade?.finish({});
    const attempt = this.#current;
    if (!attempt?.isRunning) return;
    if (!attempt.request) return attempt.finish({ successor: this.#start(attempt.name) });
    try {
      const { cursor } = await attempt.request(request);
      this.#startAt(cursor);
    } catch (/** @type {any} */ error) {
      // Without a status the socket has closed: the next attempt has the new channels.
      if (error.status !== undefined) throw error;
    }
  }

  /** @param {string} [cursor] */
  #startAt(cursor) {
    if (this.delivery.startAt(cursor)) this.report("cursor", { cursor: this.cursor });
  }

  /** Where to publish now. @returns {import("./publisher.js").Route} */
  get publishRoute() {
    return { base: this.options.bases[this.order.current], publish: this.#current?.publish };
  }

  /** @param {import("./transports/index.js").Name} name */
  #start(name) {
    const channel = this.delivery.channels.join();
    return new Attempt(
      { name, base: this.options.bases[name], channel, after: this.cursor },
      this.#owner,
      this.options,
    );
  }

  /**
   * @param {Attempt} failed
   * @param {ConnectionError} error
   * @returns {Promise<Attempt | undefined>}
   */
  async #next(failed, error) {
    this.upgradeTimer.cancel();
    this.#upgrade?.finish({});
    if (this.#stopping.signal.aborted) return;
    if (error.impossible) this.#skip(failed, error);
    if (error.final || this.order.isEmpty) return this.#close(failed, error);
    await this.#wait(failed, error);
    return this.#stopping.signal.aborted ? undefined : this.#start(this.order.current);
  }

  /** @param {Attempt} failed @param {ConnectionError} error */
  async #wait(failed, error) {
    const wait = error.impossible ? 0 : this.#waitAfter(failed, error);
    const at = this.now();
    this.report("state", {
      state: "retrying",
      at,
      transport: failed.name,
      trouble: { ...error, retryAt: at + wait },
    });
    this.#waiting = new AbortController();
    await pause(wait, this.#waiting.signal);
  }

  /** @param {Attempt} failed @param {ConnectionError} error */
  #waitAfter(failed, error) {
    if (failed.hasWorked(error)) {
      this.order.recordSuccess();
      this.backoff.reset();
      if (!this.order.better.length) this.upgradeTimer.reset();
    }
    // All transports would refuse the same token.
    const isFallback = error.status !== 401 && this.order.recordFailure(error.late);
    return isFallback ? 0 : this.backoff.next(error.retryAfter);
  }

  /** @param {Attempt} failed @param {ConnectionError} error */
  #skip({ name }, error) {
    this.order.remove(name);
    if (!this.order.isEmpty) this.report("error", { transport: name, ...error, final: false });
  }

  /** @param {Attempt} failed @param {ConnectionError} error @returns {undefined} */
  #close({ name }, error) {
    this.report("error", { transport: name, ...error, final: true });
    this.report("state", { state: "closed", at: this.now(), transport: name, trouble: error });
    this.stop();
  }

  /** @type {import("./attempt.js").Owner} */
  #owner = {
    open: (attempt, at, cursor) => {
      this.#opened.add(attempt.name);
      this.#startAt(cursor);
      if (attempt === this.#current) this.#reportOpen(attempt, at);
    },
    message: (attempt, message, at) => {
      const verdict = this.delivery.accept(message);
      if (!verdict) return;
      if (verdict === "gap")
        return attempt.finish({
          error: { detail: `received ${message.id} right after ${this.cursor}` },
        });
      if (verdict === "next") attempt.recordDelivery();
      this.report(verdict === "next" ? "message" : verdict, {
        ...message,
        at,
        transport: attempt.name,
      });
    },
    reset: (attempt, reset) => {
      // An upgrade must not cause a reset: that service reads another history.
      if (attempt !== this.#current) return attempt.finish({});
      this.delivery.reset(reset);
      this.report("reset", { ...reset, transport: attempt.name });
    },
    cursorIs: (cursor) => this.#startAt(cursor),
    end: (attempt, cursor) => {
      // The current attempt is told too. The next one receives a last message that is missing.
      if (attempt !== this.#current) return attempt.finish({});
      if (!this.delivery.isAt(cursor))
        return attempt.finish({
          error: { detail: `received end right after ${this.cursor}` },
        });
      this.report("end", { cursor, transport: attempt.name });
      this.report("state", { state: "closed", at: this.now(), transport: attempt.name });
      this.stop();
    },
    request: (at) => this.report("request", { at }),
    requestEnd: (at) => this.report("requestend", { at }),
    hasOpened: (name) => (name ? this.#opened.has(name) : this.#opened.size > 0),
    cursor: () => this.cursor,
  };

  /** @param {Attempt} attempt @param {number} at */
  #reportOpen({ name }, at) {
    this.report("state", { state: "open", at, transport: name });
    if (this.order.better.length) this.upgradeTimer.schedule(() => this.#tryUpgrade());
  }

  /**
   * Opens a better transport before it ends the current one. The delivery cursor drops what both of
   * them bring.
   */
  async #tryUpgrade() {
    const before = this.#current;
    for (const name of this.order.better) {
      const upgrade = this.#start(name);
      this.#upgrade = upgrade;
      const resumed = await upgrade.resumed;
      if (before !== this.#current || !before?.isOpen) return upgrade.finish({});
      if (resumed) return this.#moveTo(upgrade);
      upgrade.finish({});
    }
    this.upgradeTimer.schedule(() => this.#tryUpgrade());
  }

  /** @param {Attempt} upgrade */
  #moveTo(upgrade) {
    const before = this.#current;
    this.#upgrade = undefined;
    this.#current = upgrade;
    this.order.upgradeTo(upgrade.name);
    before?.finish({ successor: upgrade });
    this.#reportOpen(upgrade, this.now());
  }
}
