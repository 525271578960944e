// Tables of docs/benchmark.md that a page cannot measure. They are loaded when they come into view.

import { find, show } from "../ui/dom.js";
import { originView } from "./origin.js";
import { table } from "./view.js";

/**
 * @typedef {object} Part  of docs/benchmark.md
 * @property {string} name
 * @property {{ date: string, commit: string, command: string }[]} origins
 * @property {{ title: string, conditions: string, headings: string[], rows: string[][] }[]} tables
 */

const NEAR = "50%";

/** @param {HTMLElement} root */
export function mount(root) {
  const look = (
    /** @type {IntersectionObserverEntry[]} */ entries,
    /** @type {IntersectionObserver} */ observer,
  ) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    load(root);
  };
  new IntersectionObserver(look, { rootMargin: NEAR }).observe(root);
}

/** @param {string} command */
const withoutFile = (command) => command.replace(/ --json \S+/, "");

/** @param {HTMLElement} root */
async function load(root) {
  /** @type {Part[]} */
  const parts = await fetch("recorded-tables.json").then((response) => response.json());
  const said = parts.flatMap(({ origins }) =>
    origins.map(({ date, commit, command }) => `${withoutFile(command)} (${date}, ${commit})`),
  );
  show(
    find(root, '[data-field="origins"]'),
    said.length ? `By ${said.join("; ")}.` : "No result is published with this version.",
  );
  const collapse = parts.find(({ name }) => name === "collapse");
  const origin = find(root, '[data-field="origin"]');
  if (collapse) originView(origin, collapse.tables[0].rows);
  else origin.hidden = true;
  // A row of other servers begins with its transport and the server; others begin with their name.
  find(root, '[data-field="recorded"]').replaceChildren(
    ...parts
      .flatMap(({ tables }) => tables)
      .map((one) =>
        folded(
          table({
            ...one,
            rows: one.rows.map((cells) => cells.map(unbroken)),
            wordColumns: one.headings[0] ? 2 : 1,
          }),
        ),
      ),
  );
}

/**
 * A table below its heading, which unfolds it: on a phone each of them is several screens long.
 * @param {DocumentFragment} part
 */
function folded(part) {
  const [details, summary] = ["details", "summary"].map((name) => document.createElement(name));
  summary.append(find(part, "h3"));
  details.append(summary, part);
  return details;
}

/** Keeps an interval on one line. @param {string} text */
const unbroken = (text) => text.replace(", ", ",\u00a0");
