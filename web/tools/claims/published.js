// The published results: files in docs/results whose names are a date and what they are of.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const RESULTS = new URL("../../../docs/results/", import.meta.url);
const DATED = /^\d{4}-\d\d-\d\d(.*)\.json$/;

/**
 * Results by the options of `cargo lab claims`. Only the first two are needed.
 * @typedef {object} Published
 * @property {string} [from]
 * @property {string} [processes]
 * @property {string[]} also  add what the first does not have
 * @property {string[]} peers
 * @property {string[]} tokens
 * @property {string[]} collapse
 * @property {string[]} channels
 */

/**
 * Returns the latest result of each kind.
 * @param {URL} [directory]
 * @returns {Published}
 */
export function published(directory = RESULTS) {
  const names = readdirSync(directory).sort();
  const latest = (/** @type {string} */ kind) => {
    const name = names.findLast((name) => DATED.exec(name)?.[1] === kind);
    return name && fileURLToPath(new URL(name, directory));
  };
  const all = (/** @type {string[]} */ ...kinds) =>
    /** @type {string[]} */ (kinds.map(latest).filter(Boolean));
  return {
    from: latest(""),
    processes: latest("-processes"),
    also: all("-wakeups"),
    peers: all("-peers"),
    tokens: all("-tokens"),
    collapse: all("-collapse"),
    channels: all("-channels", "-channels-redis"),
  };
}
