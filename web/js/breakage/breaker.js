// Breaks things and sees to it that they are mended: the gate ends its faults by itself, a link is given back here.

import { faultsOf } from "./faults.js";

export class Breaker {
  #restore;

  /**
   * @param {import("../gate.js").Gate} gate
   * @param {(lane: string | undefined, name: string, seconds: number) => void} mark  told of what the gate does not list: cuts
   *   and slow links
   */
  constructor(gate, mark) {
    this.gate = gate;
    this.mark = mark;
    globalThis.addEventListener?.("pagehide", () => this.#restore?.());
  }

  /**
   * @param {import("./faults.js").Breakage} breakage
   * @param {string} [lane] all of them without
   */
  async begin(breakage, lane) {
    if (breakage.link) await this.#slow(breakage, lane);
    for (const fault of faultsOf(breakage, lane)) {
      await this.gate.begin(fault);
      if (fault.fault === "cut") this.mark(lane, fault.fault, 0);
    }
  }

  /** Everything, at once. */
  async mend() {
    await this.#restore?.();
    await this.gate.mend();
  }

  async #slow({ link, name, seconds }, lane) {
    await this.#restore?.();
    const where = lane ? { lane } : {};
    const { delay, jitter, bandwidth } = this.gate.lane(lane ?? "")?.link.down ?? /** @type {any} */ (this.gate.link);
    const before = { delay, jitter, bandwidth, ...where };
    const restore = () => {
      clearTimeout(timer);
      if (this.#restore === restore) this.#restore = undefined;
      return this.gate.setLink(before);
    };
    const timer = setTimeout(restore, seconds * 1000);
    this.#restore = restore;
    await this.gate.setLink({ ...before, ...link });
    this.mark(lane, name, seconds);
  }
}
