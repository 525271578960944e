// The rules of claims that only the lab can measure, and all rules.

import { FAST, RATES, SLOW, opening, rate } from "../../js/claims/conditions.js";
import { either, is, loses, one, RULES as PAGE_RULES } from "../../js/claims/rules.js";
import { ELSEWHERE_RULES } from "./elsewhere-rules.js";
import { PROCESS_RULES } from "./process-rules.js";

/** @typedef {import("./result-evidence.js").Rule} Rule */

/** Of the code, whose lines a page does not count. @type {Record<string, Rule>} */
const CODE_RULES = {
  "complexity-sse": (e) => {
    // The table calls the WebSocket more complex.
    const [own, other] = ["sse", "ws"].map(e.code);
    if (!own) return undefined;
    return own.robust < other.robust ? "holds-if" : "does-not-hold";
  },
  "complexity-ws": (e) => {
    const [own, ...others] = ["ws", "longpoll", "sse"].map(e.code);
    if (!own) return undefined;
    return others.every(({ robust }) => own.robust > robust) ? "holds" : "imprecise";
  },
};

/** Of sentences beside the table. @type {Record<string, Rule>} */
const TEXT_RULES = {
  hold: PAGE_RULES["protocol-longpoll"],
  again: (e) => {
    RATES.forEach((perSecond) => e.figure(rate("longpoll", perSecond), "p50"));
    return either(
      is(e, "more", rate("longpoll", FAST), rate("longpoll", SLOW), "p50"),
      "holds",
      "imprecise",
    );
  },
  single: (e) => {
    const [alone, often] = [SLOW, FAST].map(
      (each) =>
        e.compare(rate("longpoll", each, "one-per-answer"), rate("longpoll", each), "p50")?.outcome,
    );
    if (alone === "same" && often === "more") return "holds-if";
    return either(often && often === "same", "holds", "does-not-hold");
  },
  nobody: loses,
  stream: PAGE_RULES["connection-sse"],
  upgrade: (e) => either(one(e, opening("ws"), "requests"), "holds", "does-not-hold"),
};

/** @type {Record<string, Rule>} */
export const RULES = {
  ...PAGE_RULES,
  ...CODE_RULES,
  ...TEXT_RULES,
  ...PROCESS_RULES,
  ...ELSEWHERE_RULES,
};
