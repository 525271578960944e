// Shows the measured resolution of the clock, beyond which digits are meaningless.

import { resolution } from "../clock.js";

/** @param {HTMLElement} node */
export function clockNote(node) {
  const step = resolution();
  const size = step < 1 ? `${Math.round(step * 1000)} µs` : `${step.toFixed(0)} ms`;
  const why = globalThis.crossOriginIsolated
    ? "the page is cross-origin isolated, so the browser provides a fine clock."
    : "the page is not cross-origin isolated (COOP and COEP headers, on localhost or HTTPS), " +
      "so the browser keeps the clock coarse.";
  node.textContent = `Its resolution here is ${size}: ${why}`;
}
