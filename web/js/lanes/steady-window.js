// Since when the figures of the table are of one and the same: the last minute, or since rate, size or link were changed.

// What was on its way when something changed still belongs to what was before.
const SETTLES_MS = 1_000;
const WINDOW_MS = 60_000;

export class SteadyWindow {
  #conditions = "";
  #since = 0;

  /**
   * Begins anew if something is different. Bytes that rest while something is measured are another condition too.
   * @param {unknown} conditions
   * @param {number} now
   */
  look(conditions, now) {
    const text = JSON.stringify(conditions);
    if (text === this.#conditions) return;
    this.#since = this.#conditions ? now + SETTLES_MS : now;
    this.#conditions = text;
  }

  /** @param {number} now */
  since(now) {
    return Math.max(this.#since, now - WINDOW_MS);
  }
}
