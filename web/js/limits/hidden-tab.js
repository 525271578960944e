// What happens in a tab that is hidden, and its report.

import * as clock from "../shared/clock.js";
import { find, headedRow, show } from "../ui/dom.js";
import { NAMES, milliseconds } from "../ui/format.js";

// What happened while the tab was hidden: messages, reconnects and losses of each lane, its longest
// silence, and the delay of a one-second timer. No DOM.

// The interval of the timer; any excess is throttling by the browser.
export const TICK_MS = 1_000;

/**
 * @typedef {{ name: string, messages: number, silence: number, reconnects: number, missing: number
 *   }} Row
 * @typedef {{ count: number, reconnects: number, missing: number, lastMessageAt: number, silence:
 *   number, seen: number }} Seen  `seen`: the count at the last look
 * @typedef {import("../lanes/lane.js").Lane} Lane
 * @typedef {{ since: number, until: number, slip: number, rows: Row[] }} Absence
 */

export class HiddenTabReport {
  /** @type {number | undefined} */
  #since;
  #slip = 0;
  #ticked = 0;
  /** @type {Map<string, Seen>} */
  #lanes = new Map();

  /** @param {import("../lanes/lane.js").Lane[]} lanes @param {number} now */
  leave(lanes, now) {
    this.#since = this.#ticked = now;
    this.#slip = 0;
    const start = (/** @type {Lane} */ { sequence, reconnects }) => ({
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
      const known = this.#lanes.get(name);
      if (!known || known.seen === sequence.count) continue;
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

  /** @param {Lane} lane @param {number} now @returns {Row} */
  #row({ name, sequence, reconnects }, now) {
    const start = /** @type {Seen} */ (this.#lanes.get(name));
    return {
      name,
      messages: sequence.count - start.count,
      silence: Math.max(start.silence, now - start.lastMessageAt),
      reconnects: reconnects - start.reconnects,
      missing: sequence.missing - start.missing,
    };
  }
}

// The report on the time in which the tab was hidden, as a table.

/** @param {HTMLElement} root @param {import("../page/store.js").Store} store */
export function absenceView(root, store) {
  const watch = new HiddenTabReport();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  store.addEventListener("change", () => watch.notice(store.lanes, clock.now()));
  document.addEventListener("visibilitychange", () => {
    clearInterval(timer);
    if (document.hidden) {
      watch.leave(store.lanes, clock.now());
      timer = setInterval(() => watch.tick(clock.now()), TICK_MS);
      return;
    }
    const absence = watch.back(store.lanes, clock.now());
    if (absence) draw(root, absence);
  });
}

/** @param {HTMLElement} root @param {Absence} absence */
function draw(root, { since, until, slip, rows }) {
  const late =
    slip > 100
      ? `A one-second timer was up to ${milliseconds(slip)} late.`
      : "Timers were on time.";
  show(
    find(root, '[data-field="away-caption"]'),
    `The tab was hidden for ${milliseconds(until - since)}. ${late} This page publishes ` +
      `nothing while it is hidden.`,
  );
  find(root, '[data-field="away"] tbody').replaceChildren(...rows.map(laneRow));
  find(root, '[data-field="away"]').hidden = false;
  find(root, '[data-field="away-note"]').hidden = true;
}

/** @param {Row} row */
const laneRow = ({ name, messages, silence, reconnects, missing }) =>
  headedRow(NAMES[name], [messages, milliseconds(silence), reconnects, missing].map(String));
