// Keeps one subscription alive: opens links one after another, waits in between, falls back, climbs up again. Whatever
// link a message comes by, it passes the one position, so changing over can neither lose nor repeat anything.

import { Backoff, pause } from "./backoff.js";
import { Climber } from "./climber.js";
import { Ladder } from "./ladder.js";
import { Link } from "./link.js";
import { Position } from "./position.js";

export class Pilot {
  #stopping = new AbortController();
  #hurry = new AbortController();
  /** @type {Link | undefined} */
  #link;
  /** @type {Link | undefined} */
  #probe;
  /** The transports that have opened. */
  #opened = new Set();

  /**
   * @param {import("./options.js").Options} options
   * @param {(type: string, detail: object) => void} report
   */
  constructor(options, report) {
    const { climbAfter, names, platform } = options;
    this.options = options;
    this.report = (type, detail) => void (this.#stopping.signal.aborted || report(type, detail));
    this.position = new Position(options.after);
    this.ladder = new Ladder(names);
    this.backoff = new Backoff(platform.random);
    this.climber = new Climber(climbAfter, platform.random);
    this.now = platform.now;
  }

  /** Until stopped, or until there is nothing more to try. */
  async run() {
    this.#link = this.#open(this.ladder.current);
    while (this.#link) {
      const { trouble = {}, successor } = await this.#link.ended;
      this.#link = successor ?? (await this.#next(this.#link, trouble));
    }
  }

  stop() {
    this.#stopping.abort();
    this.climber.cancel();
    this.#hurry.abort();
    this.#link?.finish({});
    this.#probe?.finish({});
  }

  nudge() {
    this.#hurry.abort();
    this.#link?.nudge();
  }

  /** Where a publication goes. @returns {import("./publisher.js").Way} */
  get way() {
    return { base: this.options.bases[this.ladder.current], publish: this.#link?.publish };
  }

  /** @param {import("./transports/index.js").Name} name */
  #open(name) {
    const { bases, channel } = this.options;
    return new Link({ name, base: bases[name], channel, after: this.position.cursor }, this.#hear, this.options);
  }

  /** @param {Link} failed @param {import("./trouble.js").Trouble} trouble */
  async #next(failed, trouble) {
    this.climber.cancel();
    this.#probe?.finish({});
    if (this.#stopping.signal.aborted) return;
    if (trouble.impossible) this.#skip(failed, trouble);
    if (trouble.final || this.ladder.isEmpty) return this.#close(failed, trouble);
    await this.#wait(failed, trouble);
    return this.#stopping.signal.aborted ? undefined : this.#open(this.ladder.current);
  }

  async #wait(failed, trouble) {
    const wait = trouble.impossible ? 0 : this.#waitAfter(failed, trouble);
    const at = this.now();
    this.report("state", { state: "retrying", at, transport: failed.name, trouble: { ...trouble, retryAt: at + wait } });
    this.#hurry = new AbortController();
    await pause(wait, this.#hurry.signal);
  }

  #waitAfter(failed, trouble) {
    if (failed.hasWorked(trouble)) {
      this.ladder.worked();
      this.backoff.reset();
      if (!this.ladder.better.length) this.climber.forget();
    }
    // A token that is refused here is refused by all of them.
    const isFresh = trouble.status !== 401 && this.ladder.failed(trouble.late);
    return isFresh ? 0 : this.backoff.next(trouble.retryAfter);
  }

  #skip({ name }, trouble) {
    this.ladder.remove(name);
    if (!this.ladder.isEmpty) this.report("error", { transport: name, ...trouble, final: false });
  }

  #close({ name }, trouble) {
    this.report("error", { transport: name, ...trouble, final: true });
    this.report("state", { state: "closed", at: this.now(), transport: name, trouble });
    this.stop();
  }

  /** @type {import("./link.js").Hear} */
  #hear = {
    open: (link, at, cursor) => {
      this.#opened.add(link.name);
      if (this.position.begin(cursor)) this.report("cursor", { cursor: this.position.cursor });
      if (link === this.#link) this.#arrive(link, at);
    },
    message: (link, message, at) => {
      const verdict = this.position.accept(message.id);
      const due = this.position.cursor;
      if (verdict === "hole") return link.finish({ trouble: { detail: `received ${message.id} right after ${due}` } });
      if (verdict === "next") link.delivers();
      this.report(verdict === "next" ? "message" : verdict, { ...message, at, transport: link.name });
    },
    reset: (link, reset) => {
      // Whoever only tries a better way wants no reset: that service reads another log.
      if (link !== this.#link) return link.finish({});
      this.position.reset(reset);
      this.report("reset", { ...reset, transport: link.name });
    },
    request: (at) => this.report("request", { at }),
    requestEnd: (at) => this.report("requestend", { at }),
    hasOpened: (name) => (name ? this.#opened.has(name) : this.#opened.size > 0),
    cursor: () => this.position.cursor,
  };

  #arrive({ name }, at) {
    this.report("state", { state: "open", at, transport: name });
    if (this.ladder.better.length) this.climber.plan(() => this.#climb());
  }

  /** Make before break: the old link carries on until the new one is open; what both bring is let through once. */
  async #climb() {
    const link = this.#link;
    for (const name of this.ladder.better) {
      this.#probe = this.#open(name);
      const probe = this.#probe;
      const fits = await probe.fits;
      if (link !== this.#link || !link?.isOpen) return probe.finish({});
      if (fits) return this.#moveTo(probe);
      probe.finish({});
    }
    this.climber.plan(() => this.#climb());
  }

  /** @param {Link} probe */
  #moveTo(probe) {
    const old = this.#link;
    this.#probe = undefined;
    this.#link = probe;
    this.ladder.climbTo(probe.name);
    old?.finish({ successor: probe });
    this.#arrive(probe, this.now());
  }
}
