// What happened while nobody looked: counters when the tab was hidden and when it was shown again, the longest silence of
// each lane, and by how much a timer of one second was late. Knows no DOM.

// How often a timer is asked for; what it takes longer is what the browser held back.
export const TICK_MS = 1_000;

/**
 * @typedef {{ name: string, messages: number, silence: number, reconnects: number, missing: number }} Row
 * @typedef {{ since: number, until: number, slip: number, rows: Row[] }} Absence
 */

export class HiddenTabReport {
  /** @type {number | undefined} */
  #since;
  #slip = 0;
  #ticked = 0;
  /** @type {Map<string, { count: number, reconnects: number, missing: number, heard: number, silence: number, seen: number }>} `seen`: the count at the last look */
  #lanes = new Map();

  /** @param {import("../lanes/lane.js").Lane[]} lanes @param {number} now */
  leave(lanes, now) {
    this.#since = this.#ticked = now;
    this.#slip = 0;
    const start = ({ sequence, reconnects }) => ({ count: sequence.count, reconnects, missing: sequence.missing, heard: now, silence: 0, seen: sequence.count });
    this.#lanes = new Map(lanes.map((lane) => [lane.name, start(lane)]));
  }

  /** Something has changed. @param {import("../lanes/lane.js").Lane[]} lanes @param {number} now */
  notice(lanes, now) {
    if (this.#since === undefined) return;
    for (const { name, sequence } of lanes) {
      const known = /** @type {any} */ (this.#lanes.get(name));
      if (known.seen === sequence.count) continue;
      Object.assign(known, { seen: sequence.count, silence: Math.max(known.silence, now - known.heard), heard: now });
    }
  }

  /** @param {number} now */
  tick(now) {
    this.#slip = Math.max(this.#slip, now - this.#ticked - TICK_MS);
    this.#ticked = now;
  }

  /** @param {import("../lanes/lane.js").Lane[]} lanes @param {number} now @returns {Absence | undefined} nothing if nobody was away */
  back(lanes, now) {
    if (this.#since === undefined) return undefined;
    this.tick(now);
    const absence = { since: this.#since, until: now, slip: this.#slip, rows: lanes.map((lane) => this.#row(lane, now)) };
    this.#since = undefined;
    return absence;
  }

  /** @returns {Row} */
  #row({ name, sequence, reconnects }, now) {
    const start = /** @type {any} */ (this.#lanes.get(name));
    return {
      name,
      messages: sequence.count - start.count,
      silence: Math.max(start.silence, now - start.heard),
      reconnects: reconnects - start.reconnects,
      missing: sequence.missing - start.missing,
    };
  }
}
