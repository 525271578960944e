// Tables of docs/benchmark.md for the page, which cannot measure them: web/recorded-tables.json.

import { PARTS, partIn } from "./document.js";

/** @typedef {{ title: string, conditions: string, headings: string[], rows: string[][] }} Table */

/** How the other servers were set up is too long for the page. */
const LEFT_OUT = /^(Where it ran|How the other servers were set up)$/;

/**
 * @param {string} document  docs/benchmark.md
 * @returns {string}
 */
export function recordedTables(document) {
  const parts = PARTS.map((name) => {
    const text = partIn(document, ` --${name}`);
    const origins = [...text.matchAll(/measured on (\S+) at commit (\S+) by `([^`]+)`/g)];
    return {
      name,
      origins: origins.map(([, date, commit, command]) => ({ date, commit, command })),
      tables: tablesIn(text).filter(({ title }) => !LEFT_OUT.test(title)),
    };
  });
  return `${JSON.stringify(parts.filter(({ tables }) => tables.length))}\n`;
}

/** @param {string} markdown of `lab report` @returns {Table[]} */
const tablesIn = (markdown) =>
  markdown
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [title, ...lines] = section.split("\n").filter(Boolean);
      const [headings, , ...rows] = lines.filter((line) => line.startsWith("| ")).map(cellsOf);
      const conditions = lines[0].startsWith("| ") ? "" : lines[0];
      return { title, conditions, headings, rows };
    });

/** @param {string} line */
const cellsOf = (line) =>
  line
    .slice(2, -2)
    .split(" | ")
    .map((cell) => cell.replaceAll("\\|", "|"));
