// The generated parts of web/index.html: the lanes, the claims with recorded results, so that they
// can be read without a script, and the figures in answers.

import { answerOf, decide } from "../../js/choose/decide.js";
import { FIRST } from "../../js/choose/needs.js";
import { updated } from "./figures-in-text.js";
import { withLanes } from "./lanes.js";
import { markup } from "./markup.js";

const CLAIMS = /(<!-- claims.json -->\n)[^]*?( *<!-- end of claims.json -->)/;
const MEASURED_ON = /(<code>docs\/benchmark\.md<\/code>, measured on )\d{4}-\d\d-\d\d/;
const CAPACITY = /50,000\s+open\s+streams\s+need\s[^;]*;[^.]*(?:\.\d[^.]*)*\./;
/** The longest line of a document. */
const COLUMNS = 100;

/**
 * @param {string} html
 * @param {{ claims: any, recorded: any }} files  claims.json and recorded-claims.json
 * @param {any} run  of the transports
 * @param {import("../../js/choose/cost.js").Costs} costs
 */
export function pageWith(html, { claims, recorded }, run, costs) {
  const date = run.environment.date.slice(0, 10);
  const withClaims = replaced(
    html,
    CLAIMS,
    (_, begin, end) => begin + markup(claims, recorded) + end,
  );
  const dated = replaced(withClaims, MEASURED_ON, (_, words) => words + date);
  return withCapacity(updated(withLanes(dated), run), costs);
}

/**
 * Replaces the sentence on what 50,000 clients take.
 * @param {string} text
 * @param {import("../../js/choose/cost.js").Costs} costs
 */
export function withCapacity(text, costs) {
  const needs = { ...FIRST, clients: 50_000 };
  const answer = answerOf(decide(needs, undefined, costs), needs, costs);
  return replaced(text, CAPACITY, () => answer.slice(answer.indexOf("50,000 open")));
}

/** The same in a paragraph of Markdown, whose lines are broken anew. */
export function documentWithCapacity(text, costs) {
  const paragraphs = text.split("\n\n");
  const at = paragraphs.findIndex((paragraph) => CAPACITY.test(paragraph));
  if (at < 0) throw new Error(`no paragraph has ${CAPACITY}`);
  paragraphs[at] = wrapped(withCapacity(paragraphs[at], costs));
  return paragraphs.join("\n\n");
}

/** @param {string} paragraph */
function wrapped(paragraph) {
  const lines = [""];
  for (const word of paragraph.split(/\s+/)) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (line.length > COLUMNS) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines.join("\n");
}

/** @param {string} text @param {RegExp} pattern @param {(...parts: string[]) => string} by */
function replaced(text, pattern, by) {
  if (!pattern.test(text)) throw new Error(`nothing looks like ${pattern}`);
  return text.replace(pattern, by);
}
