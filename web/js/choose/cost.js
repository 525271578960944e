// What a transport costs at some number of clients: the polls, the bytes of idle connections, and
// figures of a result of the lab.

import { cost, idle, meets, quiet, rate, upstream, RATES } from "../claims/conditions.js";

/**
 * @typedef {import("./reasons.js").Name} Name
 * @typedef {Record<Name, number>} Each
 * @typedef {object} Costs  of a machine
 * @property {string} from  when and where it was measured
 * @property {Each} memory  bytes of the service for a connection
 * @property {Each} kernel  bytes of the kernel for both ends of a connection
 * @property {Each} perCpu  deliveries for a second of CPU time
 * @property {Each} upstream  bytes to publish a message from the client
 * @property {Each} wakeups  per minute of an idle connection
 * @property {Record<Name, number[]>} p50  milliseconds at each of `RATES`, on a link of 50 ms
 */

/** A held poll ends after this time, the default of the services' `wait`, seconds. */
const WAIT = 25;
/**
 * Bytes of an idle connection and how often they are sent, seconds. A poll: the headers of a
 * browser's request and of the response. A stream: a comment or ping, every `--heartbeat`.
 */
const IDLE = { longpoll: { bytes: 890, every: WAIT }, stream: { bytes: 8, every: 15 } };
const EACH = /** @type {Name[]} */ (["longpoll", "sse", "ws"]);

/**
 * Returns the polls per second of one client. Each message ends a poll, and so does the end of its
 * wait: between two messages a minute apart, three polls are sent.
 * @param {number} rate messages per second
 */
export const pollsPerSecond = (rate) => rate * Math.ceil(1 / (rate * WAIT));

/**
 * Returns the bytes per second of idle connections.
 * @param {keyof typeof IDLE} kind @param {number} clients
 */
export const idleBytes = (kind, clients) => (IDLE[kind].bytes * clients) / IDLE[kind].every;

/** Returns what one idle connection costs, in words. @param {keyof typeof IDLE} kind */
export const idleOnce = (kind) => `${IDLE[kind].bytes} B every ${IDLE[kind].every} s`;

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes with two digits: more would be noise. @param {number} count */
export function about(count) {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(count) / 3)));
  return `${twoDigits(count / 1_000 ** step)} ${UNITS[step]}`;
}

/** CPU time with two digits. @param {number} seconds */
export const cpuTime = (seconds) =>
  seconds < 1 ? `${twoDigits(seconds * 1_000)} ms` : `${twoDigits(seconds)} s`;

/** @param {number} value */
export const twoDigits = (value) =>
  value.toLocaleString("en", { maximumSignificantDigits: 2 });

/**
 * Returns the recorded latency at the greatest of the measured rates that is not higher.
 * @param {Costs} costs @param {Name} name @param {number} perSecond
 */
export const p50At = ({ p50 }, name, perSecond) =>
  p50[name].findLast((_, index) => !index || RATES[index] <= perSecond);

/**
 * Returns the costs that a result of `lab bench` has.
 * @param {Pick<import("../results/run.js").Run, "series" | "environment">} run
 * @returns {Partial<Costs>}
 */
export function costsOf({ series, environment }) {
  /** @param {import("../claims/conditions.js").Condition} condition @param {string} figure */
  const valueOf = (condition, figure) =>
    series
      .find(({ scenario }) => meets(condition, scenario))
      ?.figures.find(({ name }) => name === figure)?.estimate.value;
  /** @param {(name: Name) => Parameters<typeof valueOf>[0]} of @param {string} figure */
  const each = (of, figure) => EACH.map((name) => [name, valueOf(of(name), figure)]);
  const p50 = EACH.map((name) => [
    name,
    RATES.map((perSecond) => valueOf(rate(name, perSecond), "p50")),
  ]);
  const found = {
    memory: each(idle, "memory"),
    kernel: each(idle, "kernel memory"),
    perCpu: each(cost, "operations per CPU-second"),
    upstream: each(upstream, "bytes both ways"),
    wakeups: each((/** @type {Name} */ name) => quiet(name, 0), "wake-ups"),
    p50,
  };
  const whole = Object.entries(found).filter(([, pairs]) =>
    pairs.every(([, value]) => value !== undefined && ![value].flat().includes(undefined)),
  );
  const { date, cpu, cores } = environment;
  return {
    from: `${date.slice(0, 10)}, ${cpu}, ${cores} cores`,
    ...Object.fromEntries(whole.map(([name, pairs]) => [name, Object.fromEntries(pairs)])),
  };
}
