// What can be broken from the page, as data: what the gate is asked for, how long it lasts, and what else happens.

/**
 * @typedef {object} FaultScenario
 * @property {string} name
 * @property {number} seconds   until it is undone; 0 for what happens once
 * @property {import("../gate/gate.js").Fault[]} [faults]  of the gate, in this order; without `for` it lasts `seconds`
 * @property {boolean} [restart]  whether the services are stopped and started again
 * @property {number} [after]   seconds that it takes until all may be back; 4 where nothing is said
 * @property {number} [burst]   messages at once
 * @property {boolean} [quiet]  whether nothing is published meanwhile
 */

const CUT = { fault: "cut" };
// Whoever was refused waits longer each time, so the last wait may well be as long as the fault: see trilane/backoff.js.
const BACKS_OFF = 6;

/** @type {FaultScenario[]} in the order of the table */
export const FAULT_SCENARIOS = [
  { name: "latency", seconds: 4, faults: [{ fault: "latency", delay: 400, jitter: 100 }] },
  { name: "bandwidth", seconds: 4, faults: [{ fault: "bandwidth", bandwidth: 16_000 }] },
  { name: "cut", seconds: 0, faults: [CUT] },
  { name: "black-hole", seconds: 5, faults: [{ fault: "black-hole" }] },
  { name: "freeze", seconds: 3, faults: [{ fault: "freeze", direction: "down" }] },
  { name: "down", seconds: 3, faults: [{ fault: "refuse" }, CUT], after: BACKS_OFF },
  { name: "bad-gateway", seconds: 3, faults: [{ fault: "bad-gateway" }], after: BACKS_OFF },
  // A stream is asked to come back at most eight seconds after the last goodbye.
  { name: "deploy", seconds: 0, restart: true, after: 9 },
  { name: "buffer", seconds: 5, faults: [{ fault: "buffer", kilobytes: 32 }, CUT] },
  { name: "idle-timeout", seconds: 4, faults: [{ fault: "idle-timeout", after: 1.5 }], quiet: true },
  { name: "block-upgrade", seconds: 4, faults: [{ fault: "block-upgrade" }, CUT], after: 8 },
  { name: "burst", seconds: 0, burst: 500 },
];

/**
 * What the gate is to be told, in order.
 * @param {FaultScenario} scenario
 * @param {string} [lane] all of them without
 * @returns {import("../gate/gate.js").Fault[]}
 */
export function faultsOf({ faults = [], seconds }, lane) {
  const where = lane ? { lane } : {};
  return faults.map((fault) => ({ ...fault, ...where, ...(fault === CUT ? {} : { for: seconds }) }));
}
