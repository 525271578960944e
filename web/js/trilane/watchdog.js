// Barks when nothing was heard for too long. One timer, not one a message.

export class Watchdog {
  #heard;
  #timer;

  /** @param {number} patience milliseconds @param {() => void} bark @param {() => number} now */
  constructor(patience, bark, now) {
    this.patience = patience;
    this.bark = bark;
    this.now = now;
    this.#heard = now();
    this.#wait(patience);
  }

  get quiet() {
    return this.now() - this.#heard;
  }

  hear() {
    this.#heard = this.now();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {number} ms */
  #wait(ms) {
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  #look() {
    const left = this.patience - this.quiet;
    if (left > 0) return this.#wait(left);
    this.hear();
    this.#wait(this.patience);
    this.bark();
  }
}
