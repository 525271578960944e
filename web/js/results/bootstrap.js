// Bootstrap confidence intervals over repetitions (Hesterberg, "What Teachers Should Know about
// the Bootstrap", 2015, expanded percentile interval). `lab bench` computes the same for the
// terminal; web/test/statistics.json holds both to the same values.

const DRAWS = 2000;
// A fixed seed, so that a file always has the same figures.
const SEED = 20_261_122n;
// Two-sided 95 % points of Student's t for 1, 2, … degrees of freedom.
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
];
const NORMAL = 1.96;

/** @typedef {{ value: number, interval?: { low: number, high: number } | null }} Estimate */

/**
 * @template T
 * @param {T[]} repetitions
 * @param {(drawn: T[]) => number | undefined} statistic
 * @returns {Estimate | undefined} undefined where the statistic is
 */
export function bootstrap(repetitions, statistic) {
  const value = repetitions.length ? statistic(repetitions) : undefined;
  if (value === undefined) return undefined;
  const found = repetitions.length > 1 && interval(repetitions, statistic);
  return found ? { value, interval: found } : { value };
}

/** Estimates the mean of one value per repetition. @param {number[]} values */
export const mean = (values) =>
  bootstrap(values, (drawn) => drawn.reduce((sum, value) => sum + value, 0) / drawn.length);

/**
 * @template T
 * @param {T[]} repetitions
 * @param {(drawn: T[]) => number | undefined} statistic
 */
function interval(repetitions, statistic) {
  const n = repetitions.length;
  const values = draws(n).map(({ picked, times }) => ({
    value: statistic(picked.map((/** @type {number} */ at) => repetitions[at])),
    times,
  }));
  if (values.some(({ value }) => value === undefined)) return undefined;
  const sorted = /** @type {Drawn[]} */ (values).sort((a, b) => a.value - b.value);
  const out = Math.trunc(tail(n) * DRAWS);
  return { low: beyond(sorted, out), high: beyond(sorted.toReversed(), out) };
}

/** @typedef {{ value: number, times: number }} Drawn  a value, and in how many draws it came */

/**
 * Returns the first value at which more than `out` draws have passed.
 * @param {Drawn[]} sorted @param {number} out less than the number of draws
 */
function beyond(sorted, out) {
  let passed = 0;
  return /** @type {Drawn} */ (sorted.find(({ times }) => (passed += times) > out)).value;
}

/** @type {Map<number, { picked: number[], times: number }[]>} */
const known = new Map();

/**
 * Returns the distinct draws: few repetitions have few, and a statistic of histograms is expensive.
 * @param {number} n
 */
function draws(n) {
  const found = known.get(n) ?? draw(n);
  known.set(n, found);
  return found;
}

/** @param {number} n */
function draw(n) {
  const below = random(SEED);
  const times = new Map();
  for (let count = 0; count < DRAWS; count++) {
    const key = Array.from({ length: n }, () => below(n))
      .sort((a, b) => a - b)
      .join();
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  return [...times].map(([key, times]) => ({ picked: key.split(",").map(Number), times }));
}

/** Returns a SplitMix64 generator of numbers below `n`. @param {bigint} state */
function random(state) {
  const wrapped = (/** @type {bigint} */ value) => BigInt.asUintN(64, value);
  return (/** @type {number} */ n) => {
    state = wrapped(state + 0x9e3779b97f4a7c15n);
    let mixed = wrapped((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = wrapped((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return Number((mixed ^ (mixed >> 31n)) % BigInt(n));
  };
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
