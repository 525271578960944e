// The evidence of a page: one experiment of its own, or everything since it started.

import { estimate, latencies, metricNamed } from "../results/figures.js";
import { number } from "../results/labels.js";
import { IN_SENTENCE } from "../ui/format.js";
import { FAST, KNEE, SLOW } from "./conditions.js";

/**
 * @typedef {Record<string, { repetitions: import("../results/figures.js").Repetition[] }>} Lanes
 *   by transport, or by variant
 * @typedef {{ lanes?: Lanes, facts?: any }} Seen  a result, or everything since the page started
 * @typedef {import("../results/figures.js").Repetition} Repetition
 * @typedef {import("./rules.js").Evidence} Evidence
 * @typedef {import("./rules.js").Condition} Condition
 * @typedef {{ "per-second": number }} OfRate  the load of each condition of a rate
 */

// Minimum samples for a latency or a loss, and for a count.
const FOR_LATENCY = 20;
const FOR_COUNTS = 10;
// A page opens its lanes while it counts few messages, and its rates vary.
const COUNTS = { one: /** @type {[number, number]} */ ([0.1, Infinity]), none: 0.5 };
// Smaller differences are noise of a browser.
/** @type {Record<string, number>} */
const SHARE = { ms: 0.2, other: 0.05 };

/** The rates of the page's experiments, as those of the lab. @type {Record<string, number>} */
const RATE_OF = { rare: SLOW, frequent: FAST, "no-cursor": KNEE };
/** @type {Record<string, string>} */
const NAMES = { ...IN_SENTENCE, "no-cursor": "without a cursor" };
/** @type {Record<string, string>} */
const PER = { upstream: "per message sent", opening: "per opening" };
/** @type {Record<string, string>} */
const CALLED = {
  p50: "median latency",
  requests: "HTTP requests",
  connections: "new TCP connections",
  "bytes up": "bytes up",
  "bytes both ways": "bytes",
};

/** @implements {Evidence} */
export class PageEvidence {
  counts = COUNTS;
  /** @type {Map<string, Map<string, string>>} texts by figure and lane */
  #used = new Map();
  /** @type {{ n: number, needs: number }[]} */
  #samples = [];
  #said = "";

  /** @param {Seen} seen @param {string} experiment of the page, whose conditions the result has */
  constructor({ lanes, facts }, experiment) {
    this.lanes = lanes;
    this.facts = facts;
    this.experiment = experiment;
  }

  /** What the rule asked for, in words. */
  get text() {
    return [
      this.#said,
      ...[...this.#used].map(([figure, lanes]) => `${figure}: ${[...lanes.values()].join(", ")}`),
    ]
      .filter(Boolean)
      .join("; ");
  }

  /** The smallest sample, and its minimum. @returns {{ n: number, needs: number }} */
  get sample() {
    const missing = (/** @type {{ n: number, needs: number }} */ { n, needs }) => n / needs;
    return this.#samples.reduce(
      (least, one) => (missing(one) < missing(least) ? one : least),
      this.#samples[0] ?? { n: 0, needs: 1 },
    );
  }

  /** @type {Evidence["figure"]} */
  figure(condition, name) {
    const lane = this.#laneOf(condition);
    return lane ? this.#figure(lane, name) : undefined;
  }

  /** @type {Evidence["also"]} */
  also(condition, name) {
    this.figure(condition, name);
  }

  /** @type {Evidence["compare"]} */
  compare(first, second, name) {
    const [one, other] = [first, second].map((condition) => this.figure(condition, name)?.value);
    if (one === undefined || other === undefined) return undefined;
    const { floor, unit } = metricNamed(name);
    const isNoise = Math.abs(one - other) <= Math.max(floor, (SHARE[unit] ?? SHARE.other) * other);
    return { outcome: isNoise ? "same" : one < other ? "less" : "more" };
  }

  /** @type {Evidence["say"]} */
  say(text, n, needs = 1) {
    this.#said = text;
    this.#samples.push({ n, needs });
  }

  /** @type {Evidence["observed"]} */
  observed(what) {
    if (what === "deliveries") return this.lanes && this.#deliveries(Object.values(this.lanes));
    if (what === "burn") return this.experiment === "burn" ? this.#burn() : undefined;
    return what === this.experiment ? this.facts : undefined;
  }

  /** @param {Condition} condition @returns {string | undefined} */
  #laneOf({ experiment, transport, manner, load }) {
    const isSame =
      experiment === "rate"
        ? !RATE_OF[this.experiment] ||
          RATE_OF[this.experiment] === /** @type {OfRate} */ (load)["per-second"]
        : experiment === this.experiment;
    const name = manner === "usual" ? transport : manner;
    return isSame && this.lanes?.[name] ? name : undefined;
  }

  /** @param {string} lane @param {string} name */
  #figure(lane, name) {
    const repetitions = this.lanes?.[lane]?.repetitions ?? [];
    const metric = metricNamed(name);
    const found = estimate(metric, repetitions);
    const isCount = metric.unit !== "ms" && metric.unit !== "%";
    const total =
      sum(repetitions, ({ operations }) => operations) +
      (metric.unit === "%" ? sum(repetitions, ({ lost }) => lost) : 0);
    if (found)
      this.#samples.push({
        n: metric.unit === "ms" ? latencies(repetitions).count : total,
        needs: isCount ? FOR_COUNTS : FOR_LATENCY,
      });
    if (typeof found !== "object") return undefined;
    this.#note(
      (CALLED[name] ?? name) + (isCount ? ` ${PER[this.experiment] ?? "per message"}` : ""),
      lane,
      `${number(found.value)}${isCount ? "" : ` ${metric.unit}`}`,
    );
    return found;
  }

  /** @param {string} figure @param {string} lane @param {string} text */
  #note(figure, lane, text) {
    const lanes = this.#used.get(figure) ?? new Map();
    this.#used.set(figure, lanes.set(lane, `${NAMES[lane] ?? lane} ${text}`));
  }

  /** @param {Lanes[string][]} lanes */
  #deliveries(lanes) {
    const n = Math.min(
      ...lanes.map(({ repetitions }) => sum(repetitions, ({ operations }) => operations)),
    );
    return n
      ? {
          n,
          missing: lanes.reduce(
            (all, { repetitions }) => all + sum(repetitions, ({ lost }) => lost),
            0,
          ),
        }
      : undefined;
  }

  /** The slowest message when idle, with the work on a thread pool, and on the event loop. */
  #burn() {
    const slowest = ["idle", "pool", "inline"].map((what) =>
      Math.max(
        ...["sse", "ws"].flatMap((name) => valueOf(this.lanes, `${what}:${name}`, "max") ?? []),
      ),
    );
    if (!slowest.every(Number.isFinite)) return [];
    const [idle, pool, inline] = slowest.map(number);
    this.say(
      `slowest message ${idle} ms when idle, ${inline} ms with the work on the event loop, ` +
        `${pool} ms with it on a thread pool`,
      samples(this.lanes, "inline:sse"),
      FOR_COUNTS,
    );
    return slowest;
  }
}

/**
 * @param {Lanes | undefined} lanes
 * @param {string} lane
 * @param {string} name of a figure
 * @returns {number | undefined}
 */
export function valueOf(lanes, lane, name) {
  const repetitions = lanes?.[lane]?.repetitions ?? [];
  const found = repetitions.length ? estimate(metricNamed(name), repetitions) : undefined;
  return typeof found === "object" ? found.value : undefined;
}

/** @param {Lanes | undefined} lanes @param {string} lane */
export const samples = (lanes, lane) => latencies(lanes?.[lane]?.repetitions ?? []).count;

/** @param {Repetition[]} repetitions @param {(repetition: Repetition) => number} of */
const sum = (repetitions, of) =>
  repetitions.reduce((total, repetition) => total + of(repetition), 0);
