// The effect of a fault on one client, and its words.

import { seconds } from "../ui/format.js";

// The effect of a fault on one client, computed from times: publications, arrivals, and the moments
// at which the client could have noticed. A pure computation.

/**
 * @typedef {object} Outcome
 * @property {number} published  messages that a service accepted
 * @property {number} missing  of these, not received at the end
 * @property {number} duplicates
 * @property {number} [detected]  milliseconds from the start of the fault until the client could
 *   notice
 * @property {number} [recovered]  milliseconds from the end of the fault until a message arrived
 *   that was published after it
 * @property {number} [slowest]  longest latency
 * @property {number} [catchUp]  milliseconds that a client that is behind still needs at its pace
 * @property {Verdict} verdict
 *
 * @typedef {"whole" | "late" | "behind" | "lost" | "dead"} Verdict
 * whole: nothing missing and no message took a second; late: nothing missing; behind: still
 * receiving in order at the end, so what is missing may still arrive; lost: some missing, but later
 * ones arrived; dead: nothing arrived after the fault
 *
 * @typedef {object} End  of the measurement
 * @property {number} at
 * @property {(n: number) => number} position  of a message in the history
 */

const LATE_MS = 1_000;
// The pace of a client that is behind is that of its last two seconds.
const PACE_MS = 2_000;

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

  /** @param {number} time */
  hasAnySince(time) {
    return [...this.#arrivals.values()].some((at) => at >= time);
  }

  /**
   * @param {Map<number, number>} published  time of acceptance of each message, by its number
   * @param {{ began: number, ended: number }} fault
   * @param {End} end
   * @returns {Outcome}
   */
  outcome(published, { began, ended }, end) {
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
    const counts = { published: published.size, missing, duplicates, detected, recovered, slowest };
    if (!missing || !this.#isBehind(published, end)) return { ...counts, verdict: verdict(counts) };
    return { ...counts, catchUp: this.#catchUp(missing, end), verdict: "behind" };
  }

  /**
   * Whether the client still received at the end, and lacks only the newest messages.
   * @param {Map<number, number>} published @param {End} end
   */
  #isBehind(published, { at, position }) {
    const received = [...published.keys()].filter((n) => this.#arrivals.has(n)).map(position);
    const lacking = [...published.keys()].filter((n) => !this.#arrivals.has(n)).map(position);
    const last = Math.max(...this.#arrivals.values());
    return at - last < LATE_MS && Math.min(...lacking) > Math.max(...received);
  }

  /** @param {number} missing @param {End} end */
  #catchUp(missing, { at }) {
    const recent = [...this.#arrivals.values()].filter((arrival) => arrival > at - PACE_MS);
    return (missing / recent.length) * PACE_MS;
  }
}

/** @param {Pick<Outcome, "missing" | "recovered" | "slowest">} counts @returns {Verdict} */
function verdict({ missing, recovered, slowest = 0 }) {
  if (recovered === undefined) return "dead";
  if (missing) return "lost";
  return slowest < LATE_MS ? "whole" : "late";
}

// An outcome in words, with a sign that repeats them: for the matrix, its copies and its picture.

const VERDICTS = {
  whole: ["✓", "unharmed"],
  late: ["↻", "late, complete"],
  behind: ["⋯", "behind"],
  lost: ["✕", "lost some"],
  dead: ["■", "stopped for good"],
};
// Shorter times would be shown as 0.0 s.
const AT_ONCE_MS = 50;

/**
 * @typedef {{ verdict: string, text: string, facts: string[] }} Words
 * @param {import("./results.js").Combined | undefined} outcome  undefined if it never opened
 * @returns {Words}
 */
export function inWords(outcome) {
  if (!outcome) return { verdict: "", text: "– did not open", facts: [] };
  const { verdict, runs, of } = outcome;
  const often = of > 1 ? `, ${runs} of ${of}` : "";
  return { verdict, text: VERDICTS[verdict].join(" ") + often, facts: facts(outcome) };
}

/** @param {Outcome} outcome */
function facts({ verdict, published, missing, duplicates, detected, recovered, slowest, catchUp }) {
  const lacking =
    verdict === "behind"
      ? `${missing} of ${published} to come, about ${Math.ceil((catchUp ?? 0) / 1000)} s`
      : missing && `${missing} of ${published} missing`;
  const counts = [lacking, duplicates && `${duplicates} duplicates`].filter(Boolean).join(", ");
  const times = [
    detected !== undefined && `noticed ${within(detected)}`,
    recovered !== undefined && `back ${within(recovered)}`,
    // With missing messages, the slowest of the others says little.
    !missing && slowest !== undefined && `slowest ${seconds(slowest)}`,
  ];
  return /** @type {string[]} */ ([counts, ...times].filter(Boolean));
}

/** @param {number} ms */
const within = (ms) => (ms < AT_ONCE_MS ? "at once" : seconds(ms));
