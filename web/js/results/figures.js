// The figures of the repetitions of one scenario, under the names that the lab uses.

import { bootstrap } from "./bootstrap.js";
import { Histogram } from "./histogram.js";

/**
 * @typedef {object} Repetition  as in docs/bench.schema.json
 * @property {number} seconds
 * @property {number} published
 * @property {number} operations  messages that arrived
 * @property {number} load_cpu_seconds
 * @property {import("./histogram.js").Counts} latency
 * @property {number} lost
 * @property {number} duplicated
 * @property {number} reordered
 * @property {number} resets
 * @property {{ up_bytes: number, down_bytes: number, connections: number, requests: number,
 *   packets?: number | null, wakeups?: number | null } | null} [wire]
 * @property {number | null} [server_cpu_seconds]
 * @property {boolean} [load_bound]  whether the load generator was the bottleneck
 * @property {object[]} memory
 *
 * @typedef {NonNullable<Repetition["wire"]>} Wire  counted by the gate
 * @typedef {(runs: Repetition[]) => number | undefined} Statistic
 * @typedef {{ name: string, unit: string, floor: number, samples: number, of: Statistic }} Metric
 * @typedef {{ name: string, unit: string, estimate: import("./bootstrap.js").Estimate }} Figure
 */

export const TOO_FEW = "n too small";

/** @type {Metric[]} */
export const METRICS = [
  measure("operations per CPU-second", "", perCpu),
  measure("operations per second", "", (runs) =>
    ratio(
      sum(runs, operations),
      // A rate that the load generator decided is not a figure.
      sum(runs, ({ seconds, load_bound }) => (load_bound ? NaN : seconds)),
    ),
  ),
  ...[0.5, 0.9, 0.99, 0.999].map(percentile),
  { ...measure("max", "ms", (runs) => latencies(runs).quantile(1)), floor: 1, samples: 1 },
  measure("lost", "%", (runs) =>
    ratio(100 * sum(runs, lost), sum(runs, lost) + sum(runs, operations)),
  ),
  measure("bytes up", "B/op", (runs) => each(runs, ({ up_bytes }) => up_bytes)),
  measure("bytes down", "B/op", (runs) => each(runs, ({ down_bytes }) => down_bytes)),
  measure("bytes both ways", "B/op", (runs) =>
    each(runs, ({ up_bytes, down_bytes }) => up_bytes + down_bytes),
  ),
  measure("requests", "1/op", (runs) => each(runs, ({ requests }) => requests)),
  measure("connections", "1/op", (runs) => each(runs, ({ connections }) => connections)),
  measure("wake-ups", "1/min", (runs) => perMinute(runs, ({ wakeups }) => wakeups)),
  measure("packets with data", "1/min", (runs) => perMinute(runs, ({ packets }) => packets)),
  measure("traffic", "B/min", (runs) =>
    perMinute(runs, ({ up_bytes, down_bytes }) => up_bytes + down_bytes),
  ),
];

/** @param {string} name @returns {Metric} */
export const metricNamed = (name) => METRICS.find((measure) => measure.name === name) ?? METRICS[0];

/**
 * @param {Metric} measure
 * @param {Repetition[]} repetitions
 * @returns {import("./bootstrap.js").Estimate | typeof TOO_FEW | undefined} undefined where it was
 *   not measured
 */
export function estimate(measure, repetitions) {
  const count = latencies(repetitions).count;
  if (measure.samples > count) return count ? TOO_FEW : undefined;
  return bootstrap(repetitions, measure.of);
}

/** @param {Repetition[]} repetitions @returns {Figure[]} */
export function figures(repetitions) {
  const all = METRICS.map((measure) => ({
    name: measure.name,
    unit: measure.unit,
    estimate: estimate(measure, repetitions),
  }));
  return /** @type {Figure[]} */ (all.filter(({ estimate }) => typeof estimate === "object"));
}

/** @param {Repetition[]} runs */
export const latencies = (runs) =>
  runs.reduce((all, { latency }) => all.merge(Histogram.of(latency)), new Histogram());

/** Operations per second of the server's CPU. @param {Repetition[]} runs */
export function perCpu(runs) {
  const isKnown = runs.every(({ server_cpu_seconds }) => typeof server_cpu_seconds === "number");
  const rate = isKnown
    ? ratio(
        sum(runs, operations),
        sum(runs, ({ server_cpu_seconds }) => server_cpu_seconds ?? 0),
      )
    : undefined;
  return rate || undefined;
}

/** @param {string} name @param {string} unit @param {Statistic} of */
function measure(name, unit, of) {
  return { name, unit, floor: 0, samples: 0, of };
}

/** A percentile needs ten samples beyond it. @param {number} share */
function percentile(share) {
  const name = `p${Math.round(share * 1000) / 10}`;
  return {
    ...measure(name, "ms", (runs) => latencies(runs).quantile(share)),
    floor: 1,
    samples: Math.round(10 / (1 - share)),
  };
}

const operations = (/** @type {Repetition} */ run) => run.operations;
const lost = (/** @type {Repetition} */ run) => run.lost;
/** @param {Repetition[]} runs @param {(run: Repetition) => number} of */
const sum = (runs, of) => runs.reduce((total, run) => total + of(run), 0);
/** @param {number} above @param {number} below */
const ratio = (above, below) => (below > 0 ? above / below : undefined);

/**
 * Per operation, if the gate counted all repetitions.
 * @param {Repetition[]} runs @param {(wire: Wire) => number} of
 */
function each(runs, of) {
  return runs.every(({ wire }) => wire)
    ? ratio(
        sum(runs, ({ wire }) => of(/** @type {Wire} */ (wire))),
        sum(runs, operations),
      )
    : undefined;
}

/**
 * Only the lab counts wake-ups, and only since it can.
 * @param {Repetition[]} runs @param {(wire: Wire) => number | null | undefined} of
 */
function perMinute(runs, of) {
  return runs.every(({ wire }) => typeof wire?.wakeups === "number")
    ? ratio(
        60 * sum(runs, ({ wire }) => of(/** @type {Wire} */ (wire)) ?? 0),
        sum(runs, ({ seconds }) => seconds),
      )
    : undefined;
}
