// Tables whose rows become cards in narrow windows (css/cards.css). Explicit roles keep them
// tables for screen readers, and each value carries its column's heading.

const ROLES = { TH: "columnheader", TD: "cell" };

/** @param {HTMLTableElement} table with all its rows and one header row */
export function enableCardLayout(table) {
  table.classList.add("cards");
  // Without rows it must not be announced as a table.
  table.role = table.rows.length ? "table" : null;
  const [head, body] = /** @type {HTMLTableSectionElement[]} */ ([table.tHead, table.tBodies[0]]);
  const headings = [...(head.rows[0]?.cells ?? [])];
  for (const part of [head, body]) part.role = "rowgroup";
  for (const row of table.rows) row.role = "row";
  for (const cell of headings) cell.role = ROLES[cell.tagName];
  for (const { cells } of body.rows) {
    [...cells].forEach((cell, index) => {
      cell.role = cell.tagName === "TH" ? "rowheader" : "cell";
      cell.dataset.label = headings[index]?.textContent ?? "";
    });
  }
}
