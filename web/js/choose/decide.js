// The transport for given needs: a table of reasons, each with a judgement of every transport. A
// pure function.

import { direction, loss, measured, NAMES, proxies, requests, silence } from "./reasons.js";

/**
 * @typedef {import("./reasons.js").Name} Name
 * @typedef {import("./reasons.js").Reason} Reason
 * @typedef {object} Decision
 * @property {Name} best
 * @property {string} because  the main reason, as a clause
 * @property {Name[]} equal  transports with the same grades that are more work
 * @property {Reason[]} reasons
 * @property {Record<Name, { fails: number, costs: number }>} grades
 * @typedef {import("./needs.js").Needs} Needs
 */

// Without other reasons, the simplest transport wins. For both directions that is the one
// connection that has both; the others need requests beside it.
const SIMPLEST = { down: NAMES, both: /** @type {Name[]} */ (["ws", "sse", "longpoll"]) };

/**
 * @param {Needs} needs
 * @param {import("../claims/page-evidence.js").Lanes} [lanes]  measured with this rate and size
 * @returns {Decision}
 */
export function decide(needs, lanes) {
  const reasons = [
    direction(needs),
    requests(needs),
    proxies(needs),
    silence(needs),
    loss(needs),
    ...measured(needs, lanes),
  ];
  const grades = /** @type {Decision["grades"]} */ (
    Object.fromEntries(NAMES.map((name) => [name, gradesOf(reasons, name)]))
  );
  const worse = (a, b) => grades[a].fails - grades[b].fails || grades[a].costs - grades[b].costs;
  const [best, ...others] = SIMPLEST[needs.direction].toSorted(worse);
  const equal = others.filter((name) => !worse(best, name));
  return { best, because: mainReason(best, needs), equal, reasons, grades };
}

/** @param {Name} best @param {Needs} needs */
function mainReason(best, { direction, proxies }) {
  if (best === "longpoll" && proxies === "http") return "nothing else gets through";
  if (best === "sse" && direction === "down")
    return "messages only go to clients, and one open response carries them all";
  if (best === "ws" && direction === "both")
    return "clients also send often, and a frame costs less than a request";
  return "it has the fewest costs in the table";
}

function gradesOf(reasons, name) {
  const countOf = (grade) => reasons.filter(({ of }) => of[name].grade === grade).length;
  return { fails: countOf("fails"), costs: countOf("costs") };
}
