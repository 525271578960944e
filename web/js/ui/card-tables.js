// Tables whose rows become cards where there is no room for columns (css/cards.css). What is no longer laid out as a table is
// still to be read out as one, so roles are said; and in a card each value says what it is of.

const ROLES = { TH: "columnheader", TD: "cell" };

/** @param {HTMLTableElement} table with all its rows, and a head of one */
export function enableCardLayout(table) {
  table.classList.add("cards");
  // Without rows it is none.
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
