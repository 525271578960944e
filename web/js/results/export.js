// A run as Markdown, CSV and JSON. The JSON is the run itself, for `cargo lab bench` and for this
// page.

import { sectionsOf } from "./tables.js";
import { environmentOf, wholeTable } from "./flat-table.js";

/** @param {import("./run.js").Run} run */
export const asJson = (run) => `${JSON.stringify(run, null, 2)}\n`;

/** @param {import("./run.js").Run} run */
export function asMarkdown(run) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const part = ({ title, conditions, headings, rows, wordColumns }) => {
    const rules = headings.map((_, index) => (index < wordColumns ? "---" : "---:"));
    const rule = `|${rules.join("|")}|`;
    return [`### ${title}`, "", conditions, "", line(headings), rule, ...rows.map(line), ""];
  };
  const facts = environmentOf(run).flatMap(([name, values]) =>
    values.map((value) => `- ${name}: ${value}`),
  );
  return [...sectionsOf(run).flatMap(part), ...facts, ""].join("\n");
}

/** Formats CSV (RFC 4180). @param {import("./run.js").Run} run */
export function asCsv(run) {
  const quoted = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return wholeTable(run)
    .map((cells) => `${cells.map(quoted).join(",")}\r\n`)
    .join("");
}
