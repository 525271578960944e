// The faults that the page offers, as data, and what injects them.

import * as clock from "../shared/clock.js";

// The faults that the page offers, as data: the gate's faults, their duration, and other effects.

/**
 * @typedef {object} FaultScenario
 * @property {string} name
 * @property {number} seconds  until it has healed; 0 for a fault without duration
 * @property {import("../gate/gate.js").Fault[]} [faults]  started in this order; without `for`, for
 *   `seconds`
 * @property {boolean} [restart]  whether the services are restarted
 * @property {number} [after]  seconds after which all clients may have recovered; 4 by default
 * @property {number} [burst]   messages at once
 * @property {boolean} [quiet]  whether publishing pauses meanwhile
 */

const CUT = { fault: "cut" };
// A refused client waits longer each time, so the last wait may be as long as the fault: see
// trilane/time.js.
const BACKS_OFF = 6;

/** in the order of the table @type {FaultScenario[]} in the order of the table */
export const FAULT_SCENARIOS = [
  { name: "latency", seconds: 4, faults: [{ fault: "latency", delay: 400, jitter: 100 }] },
  { name: "bandwidth", seconds: 4, faults: [{ fault: "bandwidth", bandwidth: 16_000 }] },
  { name: "cut", seconds: 0, faults: [CUT] },
  { name: "black-hole", seconds: 5, faults: [{ fault: "black-hole" }] },
  { name: "freeze", seconds: 3, faults: [{ fault: "freeze", direction: "down" }] },
  { name: "down", seconds: 3, faults: [{ fault: "refuse" }, CUT], after: BACKS_OFF },
  { name: "bad-gateway", seconds: 3, faults: [{ fault: "bad-gateway" }], after: BACKS_OFF },
  // A stream is asked to reconnect at most eight seconds after it was disconnected.
  { name: "deploy", seconds: 0, restart: true, after: 9 },
  { name: "buffer", seconds: 5, faults: [{ fault: "buffer", kilobytes: 32 }, CUT] },
  {
    name: "idle-timeout",
    seconds: 4,
    faults: [{ fault: "idle-timeout", after: 1.5 }],
    quiet: true,
  },
  { name: "block-upgrade", seconds: 4, faults: [{ fault: "block-upgrade" }, CUT], after: 8 },
  { name: "burst", seconds: 0, burst: 500 },
];

/**
 * Returns the requests for the gate, in order.
 * @param {FaultScenario} scenario
 * @param {string} [lane] all lanes if undefined
 * @returns {import("../gate/gate.js").Fault[]}
 */
export function faultsOf({ faults = [], seconds }, lane) {
  const where = lane ? { lane } : {};
  return faults.map((fault) => ({
    ...fault,
    ...where,
    ...(fault === CUT ? {} : { for: seconds }),
  }));
}

// Injects faults. The gate ends them by itself, and a restarted service serves again by itself, so
// no fault outlives a closed page.

const LANES = ["longpoll", "sse", "ws"];

export class FaultInjector {
  /**
   * @param {import("../gate/gate.js").Gate} gate
   * @param {(lane: string, name: string, start: number, end: number) => void} mark  called for what
   *   the gate does not
   * list: cuts and restarts
   */
  constructor(gate, mark) {
    this.gate = gate;
    this.mark = mark;
  }

  /**
   * @param {FaultScenario} scenario
   * @param {string} [lane] all lanes if undefined
   */
  async begin(scenario, lane) {
    for (const fault of faultsOf(scenario, lane)) {
      await this.gate.begin(fault);
      const now = clock.now();
      if (fault.fault === "cut")
        for (const affected of affectedLanes(lane)) this.mark(affected, fault.fault, now, now);
    }
    if (scenario.restart)
      await Promise.all(affectedLanes(lane).map((affected) => this.#restart(affected, scenario)));
  }

  /** Ends all faults at once. */
  async heal() {
    await this.gate.heal();
  }

  /** @param {string} lane @param {FaultScenario} scenario */
  async #restart(lane, { name }) {
    const start = clock.now();
    await this.gate.restart(lane);
    this.mark(lane, name, start, clock.now());
  }
}

/** @param {string} [lane] */
const affectedLanes = (lane) => (lane ? [lane] : LANES);
