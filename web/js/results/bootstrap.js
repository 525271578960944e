// Bootstrap confidence intervals over repetitions, as `lab bench` computes them (Hesterberg, "What
// Teachers Should Know about the Bootstrap", 2015, expanded percentile interval).

const DRAWS = 2000;
// Two-sided 95 % points of Student's t for 1, 2, … degrees of freedom.
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131,
];
const NORMAL = 1.96;

/** @typedef {{ value: number, interval?: { low: number, high: number } }} Estimate */

/**
 * @template T
 * @param {T[]} repetitions
 * @param {(drawn: T[]) => number | undefined} statistic
 * @returns {Estimate | undefined} undefined where the statistic is
 */
export function bootstrap(repetitions, statistic) {
  const value = statistic(repetitions);
  if (value === undefined) return undefined;
  return repetitions.length > 1 ? { value, interval: interval(repetitions, statistic) } : { value };
}

function interval(repetitions, statistic) {
  const chance = seeded();
  const n = repetitions.length;
  // Few repetitions have few different draws, and a statistic of histograms is expensive.
  const known = new Map();
  const draw = () => {
    const picked = repetitions.map(() => Math.trunc(chance() * n)).sort((a, b) => a - b);
    const key = picked.join();
    if (!known.has(key)) known.set(key, statistic(picked.map((at) => repetitions[at])));
    return known.get(key);
  };
  const drawn = Array.from({ length: DRAWS }, draw)
    .filter((value) => value !== undefined)
    .sort((a, b) => a - b);
  const out = Math.trunc(tail(n) * drawn.length);
  return { low: drawn[out], high: drawn[drawn.length - 1 - out] };
}

/** Returns the share to cut off on each side, larger for few repetitions. @param {number} n */
export function tail(n) {
  const z = (T[n - 2] ?? NORMAL) * Math.sqrt(n / (n - 1));
  // The normal distribution beyond z, Abramowitz and Stegun 26.2.17.
  const k = 1 / (1 + 0.2316419 * z);
  const terms = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const sum = terms.reduceRight((sum, term) => (sum + term) * k, 0);
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

/**
 * Always yields the same numbers, so that a file always has the same figures (Park and Miller's
 * generator).
 */
function seeded() {
  let state = 20_261_122;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
