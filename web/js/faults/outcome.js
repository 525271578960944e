// What a scenario did to one client, from plain facts with times: what was published and when, what came and when, when the
// client could have noticed. No clock, no network.

/**
 * @typedef {object} Outcome
 * @property {number} missing     published, accepted, and not there at the end
 * @property {number} duplicates
 * @property {number} [detected]  milliseconds from the fault's beginning until the client could notice
 * @property {number} [recovered] from the fault's end until something came that was published after it
 * @property {number} [slowest]   the longest that a message took
 * @property {Verdict} verdict
 *
 * @typedef {"whole" | "late" | "lost" | "dead"} Verdict
 *   whole: nothing is missing and nothing took a second; late: nothing is missing; lost: something is, but more came; dead:
 *   nothing came any more
 */

const LATE_MS = 1_000;

/** What one client saw during one run. */
export class DeliveryRecord {
  /** @type {Map<number, number>} when each message came first, by its number */
  #came = new Map();
  /** @type {number[]} */
  #troubles = [];
  duplicates = 0;

  /** @param {number} n @param {number} at */
  message(n, at) {
    if (this.#came.has(n)) this.duplicates += 1;
    else this.#came.set(n, at);
  }

  /** @param {number} at */
  trouble(at) {
    this.#troubles.push(at);
  }

  get hasAny() {
    return this.#came.size > 0;
  }

  /**
   * @param {Map<number, number>} published  when each message was accepted, by its number
   * @param {{ began: number, ended: number }} fault
   * @returns {Outcome}
   */
  outcome(published, { began, ended }) {
    const took = [...published].map(([n, at]) => (this.#came.get(n) ?? NaN) - at).filter((ms) => !Number.isNaN(ms));
    const missing = published.size - took.length;
    const slowest = took.length ? Math.max(...took) : undefined;
    const after = [...published].filter(([n, at]) => at >= ended && this.#came.has(n)).map(([n]) => this.#came.get(n) ?? NaN);
    const recovered = after.length ? Math.max(0, Math.min(...after) - ended) : undefined;
    const noticed = this.#troubles.find((at) => at >= began);
    const detected = noticed === undefined ? undefined : noticed - began;
    const { duplicates } = this;
    return { missing, duplicates, detected, recovered, slowest, verdict: verdict({ missing, recovered, slowest }) };
  }
}

/** @returns {Verdict} */
function verdict({ missing, recovered, slowest = 0 }) {
  if (recovered === undefined) return "dead";
  if (missing) return "lost";
  return slowest < LATE_MS ? "whole" : "late";
}
