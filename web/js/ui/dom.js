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
