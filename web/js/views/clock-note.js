// How fine the page's clock is in this browser, measured, so that nobody reads more digits than there are.

import { resolution } from "../clock.js";

/** @param {HTMLElement} node */
export function clockNote(node) {
  const step = resolution();
  const size = step < 1 ? `${Math.round(step * 1000)} µs` : `${step.toFixed(0)} ms`;
  const why = globalThis.crossOriginIsolated
    ? "the page is isolated, so the browser grants it a fine clock."
    : "the page is not isolated (COOP and COEP headers, on localhost or HTTPS), so the browser keeps the clock coarse.";
  node.textContent = `It steps by ${size} here: ${why}`;
}
