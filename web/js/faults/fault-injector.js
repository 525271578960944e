// Breaks things. The gate ends its faults by itself, and a service that is restarted serves again by itself: whoever presses
// and closes the page, or presses in two tabs, leaves nothing broken.

import * as clock from "../clock.js";
import { faultsOf } from "./scenarios.js";

const LANES = ["longpoll", "sse", "ws"];

export class FaultInjector {
  /**
   * @param {import("../gate/gate.js").Gate} gate
   * @param {(lane: string, name: string, start: number, end: number) => void} mark  told of what the gate does not list:
   *   cuts and restarts
   */
  constructor(gate, mark) {
    this.gate = gate;
    this.mark = mark;
  }

  /**
   * @param {import("./scenarios.js").FaultScenario} scenario
   * @param {string} [lane] all of them without
   */
  async begin(scenario, lane) {
    for (const fault of faultsOf(scenario, lane)) {
      await this.gate.begin(fault);
      const now = clock.now();
      if (fault.fault === "cut") for (const hit of hits(lane)) this.mark(hit, fault.fault, now, now);
    }
    if (scenario.restart) await Promise.all(hits(lane).map((hit) => this.#restart(hit, scenario)));
  }

  /** Everything, at once. */
  async mend() {
    await this.gate.mend();
  }

  async #restart(lane, { name }) {
    const start = clock.now();
    await this.gate.restart(lane);
    this.mark(lane, name, start, clock.now());
  }
}

const hits = (lane) => (lane ? [lane] : LANES);
