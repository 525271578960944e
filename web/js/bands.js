// When something was broken, for the lanes' picture: bounded, and by the page's clock.

import { KEPT_MS } from "./trace.js";

/** @typedef {{ lane: string, name: string, start: number, end?: number }} Band */

export class Bands {
  /** @type {Band[]} in order of their start */
  #bands = [];

  /** @param {string} lane @param {string} name @param {number} start @param {number} [end] the same moment for what happens once */
  begin(lane, name, start, end) {
    this.#bands = this.#bands.filter((band) => (band.end ?? start) >= start - KEPT_MS);
    this.#bands.push({ lane, name, start, end });
  }

  /** @param {string} lane @param {string} name @param {number} at */
  end(lane, name, at) {
    for (const band of this.#bands) if (band.lane === lane && band.name === name) band.end ??= at;
  }

  /** @param {string} lane */
  of(lane) {
    return this.#bands.filter((band) => band.lane === lane);
  }
}
