// Small DOM helpers: find a required element, clone a template, set a text, build a table row.

/**
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {any} of the type in the markup; missing markup is a bug of the page, not a state to
 *   handle
 */
export function find(root, selector) {
  const node = root.querySelector(selector);
  if (!node) throw new Error(`the page has no ${selector}`);
  return node;
}

/**
 * @param {string} id of a `<template>`
 * @returns {DocumentFragment}
 */
export const cloneTemplate = (id) => find(document, `template#${id}`).content.cloneNode(true);

/**
 * Sets the text only if it differs: an unchanged node costs no layout.
 * @param {Element} node
 * @param {string} text
 */
export function show(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {string} text @param {"row" | "col"} [scope] of what it is the head */
export const cell = (text, scope) =>
  Object.assign(document.createElement(scope ? "th" : "td"), {
    textContent: text,
    ...(scope && { scope }),
  });

/** @param {HTMLTableCellElement[]} cells */
export function row(cells) {
  const tr = document.createElement("tr");
  tr.append(...cells);
  return tr;
}

/** @param {string} head @param {string[]} texts */
export const headedRow = (head, texts) =>
  row([cell(head, "row"), ...texts.map((text) => cell(text))]);

// Tables whose rows become cards in narrow windows (css/cards.css). Explicit roles keep them
// tables for screen readers, and each value carries its column's heading.

/** @type {Record<string, string>} */
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
