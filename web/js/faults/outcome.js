// The effect of a fault on one client, computed from times: publications, arrivals, and the moments
// at which the client could have noticed. A pure computation.

/**
 * @typedef {object} Outcome
 * @property {number} missing  published, accepted, and not received at the end
 * @property {number} duplicates
 * @property {number} [detected]  milliseconds from the start of the fault until the client could
 *   notice
 * @property {number} [recovered]  milliseconds from the end of the fault until a message arrived
 *   that was published after it
 * @property {number} [slowest]  longest latency
 * @property {Verdict} verdict
 *
 * @typedef {"whole" | "late" | "lost" | "dead"} Verdict
 * whole: nothing missing and no message took a second; late: nothing missing; lost: some missing,
 * but later ones
 * arrived; dead: nothing arrived after the fault
 */

const LATE_MS = 1_000;

/** What one client received during one run. */
export class DeliveryRecord {
  /** @type {Map<number, number>} first arrival of each message, by its number */
  #arrivals = new Map();
  /** @type {number[]} */
  #troubles = [];
  duplicates = 0;

  /** @param {number} n @param {number} at */
  message(n, at) {
    if (this.#arrivals.has(n)) this.duplicates += 1;
    else this.#arrivals.set(n, at);
  }

  /** @param {number} at */
  trouble(at) {
    this.#troubles.push(at);
  }

  get hasAny() {
    return this.#arrivals.size > 0;
  }

  /**
   * @param {Map<number, number>} published  time of acceptance of each message, by its number
   * @param {{ began: number, ended: number }} fault
   * @returns {Outcome}
   */
  outcome(published, { began, ended }) {
    const took = [...published]
      .map(([n, at]) => (this.#arrivals.get(n) ?? NaN) - at)
      .filter((ms) => !Number.isNaN(ms));
    const missing = published.size - took.length;
    const slowest = took.length ? Math.max(...took) : undefined;
    const after = [...published]
      .filter(([n, at]) => at >= ended && this.#arrivals.has(n))
      .map(([n]) => this.#arrivals.get(n) ?? NaN);
    const recovered = after.length ? Math.max(0, Math.min(...after) - ended) : undefined;
    const noticed = this.#troubles.find((at) => at >= began);
    const detected = noticed === undefined ? undefined : noticed - began;
    const { duplicates } = this;
    return {
      missing,
      duplicates,
      detected,
      recovered,
      slowest,
      verdict: verdict({ missing, recovered, slowest }),
    };
  }
}

/** @returns {Verdict} */
function verdict({ missing, recovered, slowest = 0 }) {
  if (recovered === undefined) return "dead";
  if (missing) return "lost";
  return slowest < LATE_MS ? "whole" : "late";
}
