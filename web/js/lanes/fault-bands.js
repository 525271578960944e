// When something was broken, for the lanes' picture: bounded, and by the page's clock.

import { KEPT_MS } from "./trace.js";

/** @typedef {{ lane: string, name: string, start: number, end?: number }} FaultBand */

export class FaultBands {
  /** @type {FaultBand[]} in the order in which they became known */
  #bands = [];

  /** What is known to end, or has. @param {string} lane @param {string} name @param {number} start @param {number} end */
  mark(lane, name, start, end) {
    this.#begin({ lane, name, start, end });
  }

  /** What is broken now; what is no longer has ended. @param {string} lane @param {string[]} names @param {number} at */
  follow(lane, names, at) {
    const open = this.#bands.filter((band) => band.lane === lane && band.end === undefined);
    for (const band of open) if (!names.includes(band.name)) band.end = at;
    for (const name of names) if (!open.some((band) => band.name === name)) this.#begin({ lane, name, start: at });
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
