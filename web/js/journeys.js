// The same message in all lanes: how long the latest one took on each way. Bounded, so a lane that is down costs nothing.

const REMEMBERED = 256;

/** @typedef {{ text: string, times: Map<string, number | undefined> }} Journey */

export class Journeys {
  /** @type {Map<string, Journey>} in order of first arrival */
  #byKey = new Map();

  /** @param {string} name @param {import("./lane.js").Entry} entry */
  add(name, { key, text, ms }) {
    const journey = this.#byKey.get(key) ?? { text, times: new Map() };
    if (!journey.times.has(name)) journey.times.set(name, ms);
    this.#byKey.set(key, journey);
    if (this.#byKey.size > REMEMBERED) this.#byKey.delete(this.#byKey.keys().next().value ?? key);
  }

  /**
   * The newest message that has arrived in each of these lanes.
   * @param {string[]} names
   */
  latest(names) {
    const complete = ({ times }) => names.every((name) => times.has(name));
    return [...this.#byKey.values()].findLast(complete);
  }
}
