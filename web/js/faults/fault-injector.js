// Injects faults. The gate ends them by itself, and a restarted service serves again by itself, so
// no fault outlives a closed page.

import * as clock from "../clock.js";
import { faultsOf } from "./scenarios.js";

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
   * @param {import("./scenarios.js").FaultScenario} scenario
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

  async #restart(lane, { name }) {
    const start = clock.now();
    await this.gate.restart(lane);
    this.mark(lane, name, start, clock.now());
  }
}

const affectedLanes = (lane) => (lane ? [lane] : LANES);
