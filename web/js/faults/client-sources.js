// Shows the source of the clients, read from the functions themselves, so that it cannot differ
// from what runs.

import { naive, robust } from "./clients.js";
import { cloneTemplate, find } from "../ui/dom.js";
import { NAMES } from "../ui/format.js";

/** @param {HTMLElement} root */
export function sources(root) {
  const all = [
    ...Object.entries(naive).map(([name, run]) => [`${NAMES[name]}, naive`, run]),
    ["Robust, for any transport", robust],
  ];
  root.replaceChildren(...all.map(([title, run]) => listing(title, String(run))));
}

function listing(title, text) {
  const copy = cloneTemplate("listing");
  find(copy, "h3").textContent = `${title}: ${text.split("\n").length} lines`;
  find(copy, "pre").textContent = text;
  return copy;
}
