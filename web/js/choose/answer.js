// The decision in one or two sentences.

import { NAMES } from "../ui/format.js";

/**
 * @param {import("./decide.js").Decision} decision
 * @param {import("./needs.js").Needs} needs
 */
export function answerOf({ best, because, equal, reasons, grades }, { target }) {
  const answer = grades[best].fails
    ? `${NAMES[best]}. But none of the three meets every requirement.`
    : `${NAMES[best]}: ${because}.`;
  const isMeasured = reasons.some(({ measured }) => measured);
  const open = `A median latency of ${target} ms has not been measured at this rate and size yet.`;
  return [answer, ...(equal.length ? [others(equal)] : []), ...(isMeasured ? [] : [open])].join(
    " ",
  );
}

/** @param {import("./decide.js").Name[]} equal */
function others(equal) {
  const names = equal.map((name) => NAMES[name]).join(" and ");
  return equal.length > 1
    ? `${names} score the same but are more work.`
    : `${names} scores the same but is more work.`;
}
