// The periods of faults for the lanes' timeline, bounded, in the page's clock.

import { KEPT_MS } from "./trace.js";

/** @typedef {{ lane: string, name: string, start: number, end?: number }} FaultBand */

export class FaultBands {
  /** @type {FaultBand[]} in the order in which they became known */
  #bands = [];

  /**
   * Adds a period whose end is known.
   * @param {string} lane
   * @param {string} name
   * @param {number} start
   * @param {number} end
   */
  mark(lane, name, start, end) {
    this.#begin({ lane, name, start, end });
  }

  /**
   * Updates the active faults of a lane; a fault that is no longer listed has ended.
   * @param {string} lane
   * @param {string[]} names
   * @param {number} at
   */
  follow(lane, names, at) {
    const open = this.#bands.filter((band) => band.lane === lane && band.end === undefined);
    for (const band of open) if (!names.includes(band.name)) band.end = at;
    for (const name of names)
      if (!open.some((band) => band.name === name)) this.#begin({ lane, name, start: at });
  }

  /** @param {string} lane */
  of(lane) {
    return this.#bands.filter((band) => band.lane === lane);
  }

  /** @param {FaultBand} band */
  #begin(band) {
    this.#bands = this.#bands.filter(({ end = band.start }) => end >= band.start - KEPT_MS);
    this.#bands.push(band);
  }
}
