// The matrix in the report: the results of this browser, beside those of another one, to cite.

import { cell, enableCardLayout, find, headedRow, row, show } from "../ui/dom.js";
import { copyText, save } from "../ui/platform.js";
import { NAMES } from "../ui/format.js";
import { combine } from "./results.js";
import { inWords } from "./outcome.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { faultResults: results }) {
  const all = () =>
    [results.own(), results.other].flatMap((matrix) => (matrix?.rows.length ? [matrix] : []));
  const draw = () => {
    const table = tableOf(all());
    root.hidden = !table.rows.length;
    show(find(root, ".note"), table.caption);
    drawTable(find(root, "table"), table);
  };
  /** @param {string} name @param {string} type @param {string} text */
  const keep = (name, type, text) => save(name, new Blob([text], { type }));
  /** @type {Record<string, (button: HTMLElement) => unknown>} */
  const act = {
    markdown: (button) => copyText(button, asMarkdown(tableOf(all()))),
    json: () =>
      keep("trilane-faults.json", "application/json", JSON.stringify(results.own(), null, 2)),
    svg: () => keep("trilane-faults.svg", "image/svg+xml", asSvg(tableOf(all()))),
  };
  for (const [name, run] of Object.entries(act)) {
    const button = find(root, `[data-action="${name}-of-faults"]`);
    button.addEventListener("click", () => run(button));
  }
  results.addEventListener("change", draw);
}

/** @param {HTMLTableElement} table @param {Table} content */
function drawTable(table, { headings, rows }) {
  const [head, body] = [find(table, "thead"), find(table, "tbody")];
  head.replaceChildren(row(headings.map((text) => cell(text, "col"))));
  body.replaceChildren(
    ...rows.map(({ title, cells }) => {
      const line = headedRow(title, cells.map(({ text, facts }) => [text, ...facts].join("; ")));
      cells.forEach(({ verdict, differs }, index) => {
        Object.assign(line.cells[index + 1].dataset, { verdict, ...(differs && { differs }) });
      });
      return line;
    }),
  );
  enableCardLayout(table);
}

// The matrix as a table to cite: a row for each fault and browser, as Markdown and as a picture.

/**
 * @typedef {import("./outcome.js").Words & { differs: boolean }} Cell
 * @typedef {{ title: string, cells: Cell[] }} TableRow
 * @typedef {{ caption: string, headings: string[], rows: TableRow[] }} Table
 */

/** @param {import("./results.js").Matrix[]} all  of one browser or two @returns {Table} */
export function tableOf(all) {
  const faults = [...new Map(all.flatMap(({ rows }) => rows).map((row) => [row.fault, row]))];
  const rows = faults.flatMap(([fault, { title }]) => {
    const known = all.flatMap(({ browser, rows }) =>
      rows
        .filter((row) => row.fault === fault)
        .map(({ runs }) => ({
          browser,
          cells: combine(runs).map(({ outcome }) => inWords(outcome)),
        })),
    );
    return known.map(({ browser, cells }) => ({
      title: all.length > 1 ? `${title}, ${browser}` : title,
      cells: cells.map((cell, index) => ({
        ...cell,
        differs: known.some((other) => other.cells[index].verdict !== cell.verdict),
      })),
    }));
  });
  const clients = Object.values(NAMES).flatMap((name) => [`${name}, naive`, `${name}, robust`]);
  const caption = all.map(({ browser, date }) => `${browser}, ${date}`).join("; ");
  return { caption, headings: ["Fault", ...clients], rows };
}

/** @param {Table} table */
export function asMarkdown({ caption, headings, rows }) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |\n`;
  const body = rows.map(({ title, cells }) =>
    line([title, ...cells.map(({ text, facts }) => [text, ...facts].join("; "))]),
  );
  return line(headings) + line(headings.map(() => "---")) + body.join("") + `\n${caption}\n`;
}

const [FIRST, WIDTH, HEIGHT, EDGE] = [170, 165, 58, 8];
/** As in a light window; the picture leaves the page. @type {Record<string, string>} */
const COLOURS = { whole: "#dcfce7", late: "#dbeafe", behind: "#dbeafe", lost: "#fee2e2" };

/** @param {Table} table @returns {string} an SVG document */
export function asSvg({ caption, headings, rows }) {
  const left = (/** @type {number} */ column) => (column ? FIRST + (column - 1) * WIDTH : 0);
  const escaped = (/** @type {string} */ text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  /** @param {number} x @param {number} y @param {string} text */
  const write = (x, y, text, more = "") =>
    `<text x="${x + EDGE}" y="${y}" ${more}>${escaped(text)}</text>`;
  /** @param {Cell} cell @param {number} column @param {number} top */
  const cell = ({ verdict, text, facts, differs }, column, top) => {
    const x = left(column + 1);
    const colour = COLOURS[verdict] ?? (verdict ? "#fecaca" : "#f1f5f9");
    const frame = differs ? ' stroke="#111"' : "";
    const lines = [facts[0], facts.slice(1).join(", ")].filter(Boolean);
    return (
      `<rect x="${x + 2}" y="${top + 2}" width="${WIDTH - 4}" height="${HEIGHT - 4}" ` +
      `fill="${colour}"${frame}/>${write(x, top + 18, text, 'font-weight="bold"')}` +
      lines.map((line, index) => write(x, top + 34 + 14 * index, line, 'font-size="11"')).join("")
    );
  };
  const body = rows.map(({ title, cells }, index) => {
    const top = (index + 1) * HEIGHT;
    return (
      write(0, top + 18, title) + cells.map((each, column) => cell(each, column, top)).join("")
    );
  });
  const [width, height] = [left(headings.length), (rows.length + 1) * HEIGHT + 30];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>` +
    headings.map((text, column) => write(left(column), HEIGHT - 12, text)).join("") +
    `${body.join("")}${write(0, height - 10, caption)}</svg>\n`
  );
}
