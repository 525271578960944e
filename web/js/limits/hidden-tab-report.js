// What happened while the tab was hidden: messages, reconnects and losses of each lane, its longest
// silence, and the delay of a one-second timer. No DOM.

// The interval of the timer; any excess is throttling by the browser.
export const TICK_MS = 1_000;

/**
 * @typedef {{ name: string, messages: number, silence: number, reconnects: number, missing: number
 *   }} Row
 * @typedef {{ since: number, until: number, slip: number, rows: Row[] }} Absence
 */

export class HiddenTabReport {
  /** @type {number | undefined} */
  #since;
  #slip = 0;
  #ticked = 0;
  /**
   * @type {Map<string, { count: number, reconnects: number, missing: number, lastMessageAt: number,
   *   silence: number, seen: number }>} `seen`: the count at the last look
   */
  #lanes = new Map();

  /** @param {import("../lanes/lane.js").Lane[]} lanes @param {number} now */
  leave(lanes, now) {
    this.#since = this.#ticked = now;
    this.#slip = 0;
    const start = ({ sequence, reconnects }) => ({
      count: sequence.count,
      reconnects,
      missing: sequence.missing,
      lastMessageAt: now,
      silence: 0,
      seen: sequence.count,
    });
    this.#lanes = new Map(lanes.map((lane) => [lane.name, start(lane)]));
  }

  /**
   * Records the time of new messages.
   * @param {import("../lanes/lane.js").Lane[]} lanes
   * @param {number} now
   */
  notice(lanes, now) {
    if (this.#since === undefined) return;
    for (const { name, sequence } of lanes) {
      const known = /** @type {any} */ (this.#lanes.get(name));
      if (known.seen === sequence.count) continue;
      Object.assign(known, {
        seen: sequence.count,
        silence: Math.max(known.silence, now - known.lastMessageAt),
        lastMessageAt: now,
      });
    }
  }

  /** @param {number} now */
  tick(now) {
    this.#slip = Math.max(this.#slip, now - this.#ticked - TICK_MS);
    this.#ticked = now;
  }

  /**
   * Returns the report when the tab is shown again, undefined if it was not hidden.
   * @param {import("../lanes/lane.js").Lane[]} lanes
   * @param {number} now
   * @returns {Absence | undefined} undefined if the tab was not hidden
   */
  back(lanes, now) {
    if (this.#since === undefined) return undefined;
    this.tick(now);
    const absence = {
      since: this.#since,
      until: now,
      slip: this.#slip,
      rows: lanes.map((lane) => this.#row(lane, now)),
    };
    this.#since = undefined;
    return absence;
  }

  /** @returns {Row} */
  #row({ name, sequence, reconnects }, now) {
    const start = /** @type {any} */ (this.#lanes.get(name));
    return {
      name,
      messages: sequence.count - start.count,
      silence: Math.max(start.silence, now - start.lastMessageAt),
      reconnects: reconnects - start.reconnects,
      missing: sequence.missing - start.missing,
    };
  }
}
