// Short names for what rules and recommendations ask of measurements.

import { estimate, latencies, measureNamed } from "../bench/figures.js";
import { number } from "../bench/words.js";

/**
 * @typedef {Record<string, import("../experiments/laboratory.js").Measured & { requests?: number }>} Lanes  by transport
 */

/**
 * @param {Lanes | undefined} lanes
 * @param {string} lane
 * @param {string} name of a figure
 * @returns {number | undefined}
 */
export function figure(lanes, lane, name) {
  const repetitions = lanes?.[lane]?.repetitions ?? [];
  const found = repetitions.length ? estimate(measureNamed(name), repetitions) : undefined;
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
