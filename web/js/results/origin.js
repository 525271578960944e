// One origin and N readers: what the service is asked and sends for each message, as recorded by
// `lab bench collapse`.

import { find, show } from "../ui/dom.js";
import { bytes } from "../ui/format.js";

/** Columns of the recorded table. */
const [REQUESTS, SENT, MEDIAN] = [1, 2, 4];

/** @param {string} cell of a recorded table, without its interval */
const valueOf = (cell) => Number(cell.replaceAll(",", "").split(" ")[0]);

/**
 * @typedef {{ requests: number, sent: number, median: number }} Costs  for each message: requests
 *   and bytes of the service; milliseconds until half of the readers have it
 */

/**
 * Returns what was recorded, by number of readers and kind of subscriber.
 * @param {string[][]} rows that begin with both, as "100 × SSE"
 */
export function costs(rows) {
  /** @type {Map<string, Record<string, Costs>>} */
  const byReaders = new Map();
  for (const row of rows) {
    const [readers, kind] = row[0].split(" × ");
    const [requests, sent, median] = [REQUESTS, SENT, MEDIAN].map((column) => valueOf(row[column]));
    byReaders.set(readers, { ...byReaders.get(readers), [kind]: { requests, sent, median } });
  }
  return byReaders;
}

/**
 * @param {HTMLElement} root
 * @param {string[][]} rows
 */
export function originView(root, rows) {
  const all = [...costs(rows)];
  const input = find(root, "input");
  const draw = () => {
    const [readers, kinds] = all[input.value];
    const most = Math.max(...Object.values(kinds).map(({ sent }) => sent));
    show(find(root, "output"), number(readers));
    input.setAttribute("aria-valuetext", `${number(readers)} readers`);
    for (const [kind, { requests, sent, median }] of Object.entries(kinds)) {
      const row = find(root, `[data-kind="${kind}"]`);
      row.style.setProperty("--requests", String(requests / Number(readers)));
      row.style.setProperty("--sent", String(sent / most));
      const texts = [number(requests), bytes(sent), `${median} ms`];
      texts.forEach((text, index) => show(row.cells[index + 1], text));
    }
  };
  input.max = String(all.length - 1);
  input.value = String(all.length - 2);
  input.addEventListener("input", draw);
  draw();
}

/** @param {string | number} value */
const number = (value) => Number(value).toLocaleString("en");
