// Says all that is broken when that changes, also if another page did it.

import { active } from "../breakage/active.js";
import { BREAKAGES } from "../breakage/faults.js";
import { NAMES } from "./format.js";

/**
 * @param {import("../gate.js").Gate} gate
 * @param {Map<string, { title: string }>} rows  of the matrix, by breakage
 * @param {(text: string) => void} say
 * @returns {() => string} what was said last, nothing if nothing is broken
 */
export function brokenView(gate, rows, say) {
  let told = "";
  gate.addEventListener("change", () => {
    const names = active(gate.lanes).map(({ fault, lanes }) => `${titleOf(fault, rows)} on ${where(lanes, gate.lanes.length)}`);
    const text = names.length ? `Active: ${names.join("; ")}. See the lanes.` : "";
    if (text === told) return;
    told = text;
    say(text || "All faults have healed.");
  });
  return () => told;
}

/** @param {string[]} lanes @param {number} of */
const where = (lanes, of) => (lanes.length === of ? "all lanes" : lanes.map((lane) => NAMES[lane]).join(" and "));

/** As the row has it that begins with this fault. @param {string} fault @param {Map<string, { title: string }>} rows */
function titleOf(fault, rows) {
  const breakage = BREAKAGES.find(({ faults = [] }) => faults[0]?.fault === fault);
  return rows.get(breakage?.name ?? "")?.title ?? fault;
}
