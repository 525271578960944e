// What is counted of a lane: latencies in a histogram, and a repetition.

// A latency histogram in the lab's format (HdrHistogram with two significant digits, in
// microseconds), so that results of browsers and terminals can be merged. `test/histogram.json`
// holds both to the same buckets.

// Up to here each value has its own bucket; beyond, each doubling has half as many buckets.
const EXACT = 256;
const LONGEST = 3_600_000_000;

/** @typedef {[micros: number, times: number][]} Counts  ascending; the format of files */

/**
 * Returns the largest value of the bucket that contains this one; it stands for all of them.
 * @param {number} micros
 */
export function bucketOf(micros) {
  const value = Math.min(LONGEST, Math.max(0, Math.trunc(micros)));
  const width = value < EXACT ? 1 : 2 ** (Math.floor(Math.log2(value)) - Math.log2(EXACT) + 1);
  return Math.floor(value / width) * width + width - 1;
}

export class Histogram {
  /** @type {Map<number, number>} by bucket */
  #times = new Map();
  count = 0;

  /** @param {Counts} [counts] */
  static of(counts = []) {
    const histogram = new Histogram();
    for (const [micros, times] of counts) histogram.#add(micros, times);
    return histogram;
  }

  /** @param {number} milliseconds */
  record(milliseconds) {
    this.#add(milliseconds * 1000, 1);
  }

  /** @param {Histogram} other */
  merge(other) {
    for (const [micros, times] of other.#times) this.#add(micros, times);
    return this;
  }

  /** Returns what was recorded since an earlier copy. @param {Histogram} earlier */
  since(earlier) {
    const later = this.counts.map(([micros, times]) => [
      micros,
      times - (earlier.#times.get(micros) ?? 0),
    ]);
    return Histogram.of(/** @type {Counts} */ (later.filter(([, times]) => times > 0)));
  }

  copyText() {
    return new Histogram().merge(this);
  }

  /** @returns {Counts} */
  get counts() {
    return [...this.#times].toSorted(([a], [b]) => a - b);
  }

  /**
   * Returns the value that a share of all values, 0 to 1, does not exceed.
   * @param {number} share
   * @returns {number | undefined} milliseconds; undefined if empty
   */
  quantile(share) {
    let left = Math.max(1, Math.ceil(share * this.count - 1e-9));
    const [micros] = this.counts.find(([, times]) => (left -= times) <= 0) ?? [];
    return micros === undefined ? undefined : micros / 1000;
  }

  /** @param {number} micros @param {number} times */
  #add(micros, times) {
    const bucket = bucketOf(micros);
    this.#times.set(bucket, (this.#times.get(bucket) ?? 0) + times);
    this.count += times;
  }
}

// One repetition: what lanes and gate counted between two moments. It only reads counters that
// grow, so it does not disturb the lanes.

/**
 *
 * @typedef {object} Reading  one lane's counters at a moment
 * @property {number} at  milliseconds
 * @property {number} count
 * @property {number} missing
 * @property {number} duplicates
 * @property {number} late
 * @property {number} resets
 * @property {number} reconnects
 * @property {number} requests  made by the page
 * @property {Histogram} latencies
 * @property {import("./figures.js").Repetition["wire"]} [wire]  counted by the gate
 */

/**
 * @param {import("../lanes/lane.js").Lane} lane
 * @param {number} at
 * @param {Reading["wire"]} [wire]
 * @returns {Reading}
 */
export function reading({ sequence, requests, reconnects, resets, latencies }, at, wire) {
  const { count, missing, duplicates, late } = sequence;
  return {
    at,
    count,
    missing,
    duplicates,
    late,
    resets,
    reconnects,
    requests,
    latencies: latencies.copyText(),
    wire,
  };
}

/**
 * @param {Reading} before
 * @param {Reading} after
 * @returns {import("./figures.js").Repetition}
 */
export function repetition(before, after) {
  /** @param {Exclude<keyof Reading, "latencies" | "wire">} name */
  const grown = (name) => after[name] - before[name];
  const lost = Math.max(0, grown("missing"));
  return {
    seconds: grown("at") / 1000,
    // All messages of the history that the lane reads, also those of other publishers.
    published: grown("count") + lost,
    operations: grown("count"),
    server_cpu_seconds: null,
    load_cpu_seconds: 0,
    latency: after.latencies.since(before.latencies).counts,
    lost,
    duplicated: grown("duplicates"),
    reordered: grown("late"),
    resets: grown("resets"),
    wire: before.wire && after.wire ? wire(before.wire, after.wire) : null,
    memory: [],
  };
}

/** @typedef {import("./figures.js").Wire} Wire */

/** @param {Wire} before @param {Wire} after @returns {Wire} */
const wire = (before, after) => ({
  up_bytes: after.up_bytes - before.up_bytes,
  down_bytes: after.down_bytes - before.down_bytes,
  connections: after.connections - before.connections,
  requests: after.requests - before.requests,
});
