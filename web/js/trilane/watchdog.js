// Calls back when nothing was received for too long. It needs one timer, not one per message.

export class Watchdog {
  #lastActivity;
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
