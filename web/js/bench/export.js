// A run in the forms in which people take it along. JSON is the run itself, for `cargo lab bench` and for this page.

import { environmentOf, HEADINGS, rowsOf } from "./table.js";

/** @param {import("./run.js").Run} run */
export const asJson = (run) => `${JSON.stringify(run, null, 2)}\n`;

/** @param {import("./run.js").Run} run */
export function asMarkdown(run) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = `|${HEADINGS.map((_, index) => (index < 3 ? "---" : "---:")).join("|")}|`;
  const table = [line(HEADINGS), rule, ...rowsOf(run).map(line)];
  return [...table, "", ...environmentOf(run).map(([name, value]) => `- ${name}: ${value}`), ""].join("\n");
}

/** RFC 4180. @param {import("./run.js").Run} run */
export function asCsv(run) {
  const quoted = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return [HEADINGS, ...rowsOf(run)].map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}
