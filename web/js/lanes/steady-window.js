// The window for the figures of the table: the last minute, or since rate, size or link changed.

// Messages in flight at a change still belong to the old conditions.
const SETTLES_MS = 1_000;
const WINDOW_MS = 60_000;

export class SteadyWindow {
  #conditions = "";
  #since = 0;

  /**
   * Starts again if a condition has changed, including whether bytes are counted.
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
