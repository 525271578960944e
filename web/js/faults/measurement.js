// One measurement: six clients, naive and robust on each lane, receive a few steady messages while
// a fault starts and heals. Then it reports for each client what arrived, when it could notice, and
// when it recovered.

import * as clock from "../shared/clock.js";
import { steady } from "../shared/clock.js";
import { MAX_MS, pause } from "../trilane/time.js";
import { parseId } from "../trilane/cursor.js";
import { runNaive, runRobust, skipBacklog } from "./run-clients.js";
import { DeliveryRecord } from "./outcome.js";

/** Slow enough that one message per round trip keeps up on the default link. */
export const RATE = 5;
const OPEN_TIMEOUT_MS = 6_000;
const BEFORE_MS = 1_000;
const AFTER_S = 4;
/** A message that has not arrived this long after the last one is missing. */
export const GRACE_MS = 2_500;

const KINDS = { naive: runNaive, robust: runRobust };

/**
 * @typedef {keyof typeof KINDS} Kind
 * @typedef {import("../trilane/options.js").Name} Name
 * @typedef {import("./scenarios.js").FaultScenario} FaultScenario
 * @typedef {{ lane: string, kind: Kind, outcome?: import("./outcome.js").Outcome }}
 *   Result
 * without an outcome, the client did not open
 *
 * @typedef {object} MeasurementSetup
 * @property {Record<string, string>} lanes  where the clients connect
 * @property {Record<string, string>} services  the services behind them
 * @property {(text: string) => ReturnType<import("../page.js").Page["publisher"]["send"]>} publish
 * @property {(message: any) => boolean} isOurs  whether this page published a message
 * @property {(scenario: import("./scenarios.js").FaultScenario) => Promise<void>} begin
 */

/**
 * @param {import("./scenarios.js").FaultScenario} scenario
 * @param {MeasurementSetup} setup
 * @param {AbortSignal} signal
 * @returns {Promise<Result[]>}
 */
export async function measure(scenario, setup, signal) {
  await skipBacklog(setup.services.longpoll, signal);
  const publisher = new Publisher(setup);
  const clients = /** @type {Name[]} */ (Object.keys(setup.lanes)).flatMap((lane) =>
    /** @type {Kind[]} */ (Object.keys(KINDS)).map((kind) => open(lane, kind, setup)),
  );
  try {
    publisher.start();
    await until(() => clients.every(({ record }) => record.hasAny), OPEN_TIMEOUT_MS, signal);
    const opened = clients.map(({ record }) => record.hasAny);
    publisher.forget();
    await wait(BEFORE_MS, signal);
    const fault = await apply(scenario, setup, publisher, signal);
    await wait((scenario.after ?? AFTER_S) * 1000, signal);
    publisher.stop();
    await untilBack(clients, fault.ended, signal);
    await wait(GRACE_MS, signal);
    /** @param {ReturnType<typeof open>} client */
    const outcomeOf = ({ lane, record }) =>
      record.outcome(publisher.published, fault, {
        at: clock.now(),
        position: (n) => publisher.position(lane, n),
      });
    return clients.map((client, index) => ({
      lane: client.lane,
      kind: client.kind,
      outcome: opened[index] ? outcomeOf(client) : undefined,
    }));
  } finally {
    publisher.stop();
    for (const { end } of clients) end();
  }
}

/**
 * Waits for each robust client to receive something after the fault: a wait between attempts that
 * began before its end may outlast it.
 * @param {{ kind: string, record: DeliveryRecord }[]} clients
 * @param {number} ended  end of the fault
 * @param {AbortSignal} signal
 */
export async function untilBack(clients, ended, signal) {
  const robust = clients.filter(({ kind }) => kind === "robust");
  await until(() => robust.every(({ record }) => record.hasAnySince(ended)), MAX_MS, signal);
}

/** @param {Name} lane @param {Kind} kind @param {MeasurementSetup} setup */
function open(lane, kind, setup) {
  const record = new DeliveryRecord();
  const end = KINDS[kind](lane, setup.lanes[lane], {
    trouble: () => record.trouble(clock.now()),
    message: (/** @type {any} */ message) =>
      setup.isOurs(message) && record.message(message.n, clock.now()),
  });
  return { lane, kind, record, end };
}

/**
 * @param {FaultScenario} scenario
 * @param {MeasurementSetup} setup
 * @param {Publisher} publisher
 * @param {AbortSignal} signal
 * @returns {Promise<{ began: number, ended: number }>}
 */
async function apply(scenario, setup, publisher, signal) {
  if (scenario.quiet) publisher.stop();
  const began = clock.now();
  await setup.begin(scenario);
  await publisher.burst(scenario.burst ?? 0);
  await wait(scenario.seconds * 1000, signal);
  const ended = scenario.seconds || scenario.restart ? clock.now() : began;
  if (scenario.quiet) publisher.start();
  return { began, ended };
}

class Publisher {
  /** @type {Map<number, number>} */
  published = new Map();
  /** @type {Map<number, import("../lanes/page-publisher.js").Ids>} of each message */
  #ids = new Map();
  #pace = new AbortController();

  /** @param {MeasurementSetup} setup */
  constructor(setup) {
    this.setup = setup;
  }

  start() {
    this.#pace = new AbortController();
    steady(RATE, this.#pace.signal, () => this.#send());
  }

  stop() {
    this.#pace.abort();
  }

  /** Ignores everything published so far. */
  forget() {
    this.published.clear();
  }

  /**
   * Returns a message's position in the history of a lane. A burst is accepted in any order.
   * @param {string} lane
   * @param {number} n
   */
  position(lane, n) {
    const ids = this.#ids.get(n) ?? {};
    // Lanes with one broker share the id of the only publication.
    return parseId(ids[lane] ?? Object.values(ids)[0])?.offset ?? n;
  }

  /** @param {number} count */
  async burst(count) {
    await Promise.all(Array.from({ length: count }, () => this.#send()));
  }

  async #send() {
    const at = clock.now();
    const { n, accepted, ids } = await this.setup.publish("while it is measured");
    if (!accepted) return;
    this.published.set(n, at);
    this.#ids.set(n, ids);
  }
}

/** @param {number} ms @param {AbortSignal} signal */
async function wait(ms, signal) {
  await pause(ms, signal);
  signal.throwIfAborted();
}

/**
 * Resolves when the condition is true, at the latest after `ms`.
 * @param {() => boolean} fact
 * @param {number} ms
 * @param {AbortSignal} signal
 */
async function until(fact, ms, signal) {
  for (const end = clock.now() + ms; !fact() && clock.now() < end;) await wait(50, signal);
}
