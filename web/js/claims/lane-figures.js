// Short accessors to the figures that rules and recommendations need.

import { estimate, latencies, metricNamed } from "../results/figures.js";
import { number } from "../results/labels.js";

/**
 * @typedef {Record<string, import("../experiments/experiment-runner.js").Measured & { requests?:
 *   number }>} Lanes  by transport
 */

/**
 * @param {Lanes | undefined} lanes
 * @param {string} lane
 * @param {string} name of a figure
 * @returns {number | undefined}
 */
export function figure(lanes, lane, name) {
  const repetitions = lanes?.[lane]?.repetitions ?? [];
  const found = repetitions.length ? estimate(metricNamed(name), repetitions) : undefined;
  return typeof found === "object" ? found.value : undefined;
}

/** @param {Lanes | undefined} lanes @param {string} lane */
export const operations = (lanes, lane) => total(lanes, lane, ({ operations }) => operations);

/** @param {Lanes | undefined} lanes @param {string} lane */
export const lost = (lanes, lane) => total(lanes, lane, ({ lost }) => lost);

/** @param {Lanes | undefined} lanes @param {string} lane */
export const samples = (lanes, lane) => latencies(lanes?.[lane]?.repetitions ?? []).count;

function total(lanes, lane, of) {
  return (lanes?.[lane]?.repetitions ?? []).reduce((sum, repetition) => sum + of(repetition), 0);
}

/** @param {number} value */
export const ms = (value) => `${number(value)} ms`;

/** @param {number} value */
export const bytes = (value) => `${number(value)} B`;
