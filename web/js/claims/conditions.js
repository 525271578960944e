// The measurements that rules ask for: series of a result by the lab's names, and facts by their
// topics.

/**
 * @typedef {{ experiment: string, transport: string, manner: string, server: string, readers?:
 *   number, load?: import("../results/run.js").Load }} Condition
 */

/** Messages per second on a link with a round trip of 100 ms. */
export const RATES = [1_000 / 420, 5, 10, 20, 50];
/** Four round trips fit between two messages. */
export const SLOW = RATES[0];
/** One round trip fits between two messages. */
export const KNEE = RATES[2];
/** Five messages fit into a round trip. */
export const FAST = RATES[4];

/**
 * @param {string} experiment
 * @param {string} transport
 * @param {Partial<Condition>} [more]
 * @returns {Condition}
 */
const condition = (experiment, transport, more) => ({
  experiment,
  transport,
  manner: "usual",
  server: "ours",
  ...more,
});

/**
 * A distant subscriber at this message rate.
 * @param {string} transport @param {number} perSecond
 */
export const rate = (transport, perSecond, manner = "usual") =>
  condition("rate", transport, { manner, load: { "per-second": perSecond } });

/** Long polling with keep-alive, or with a new connection for each poll. @param {string} manner */
export const keepAlive = (manner) => condition("keep-alive", "longpoll", { manner });

/** A client that publishes. @param {string} transport */
export const upstream = (transport, manner = "usual") =>
  condition("upstream", transport, { manner });

/** A client that connects. @param {string} transport */
export const opening = (transport) => condition("opening", transport);

/** Many subscribers with one message in flight. @param {string} transport */
export const cost = (transport, server = "ours") =>
  condition("cost", transport, { server, load: { "in-flight": 1 } });

/** Idle connections. @param {string} transport */
export const idle = (transport) => condition("idle", transport);

/** Messages per second of a connection that is quiet, not idle. */
export const RARE = 1 / 30;
/** A connection with few messages or none. @param {string} transport @param {number} perSecond */
export const quiet = (transport, perSecond) =>
  condition("wakeups", transport, { load: { "per-second": perSecond } });

/** A subscriber whose connection is cut. @param {string} transport */
export const comeback = (transport) => condition("comeback", transport);

/**
 * Returns whether a scenario meets a condition.
 * @param {Condition} condition
 * @param {import("../results/run.js").Scenario} scenario
 */
export function meets({ load, ...named }, scenario) {
  const isNamed = Object.entries(named).every(
    ([name, value]) => scenario[/** @type {keyof typeof named} */ (name)] === value,
  );
  return isNamed && (!load || JSON.stringify(load) === JSON.stringify(scenario.load));
}

/** Topics of `lab bench processes`: the value of `--only`, and the title in a result. */
export const TOPICS = {
  memory: "Memory without connections",
  messages: "A message on its way, one at a time",
  requests: "Requests on connections that are kept alive",
  spread: "How connections spread",
  burn: "What others feel while one computes",
};

/** @param {number} count */
export const threads = (count) => `1 process, ${count} thread${count === 1 ? "" : "s"}`;
/** @param {number} count */
export const processes = (count) => `${count} processes`;

export const MESSAGE_PATHS = [
  "to another thread, over a channel",
  "to another process, over a socket pair",
  "to anybody, through Redis",
];
/** Requests at rest, beside a computation on its own threads, and to a worker that computes. */
export const COMPUTATIONS = [
  "nobody computes, all clients",
  "beside the workers, all clients",
  "on a worker, clients of that worker",
];
