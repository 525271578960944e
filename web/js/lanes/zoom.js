// The span of the timelines, and its controls.

import { SPAN_MS } from "./trace.js";
import { find } from "../ui/dom.js";

// The span of the timelines: two, ten or sixty seconds.

/** Milliseconds. */
export const SPANS = [2_000, SPAN_MS, 60_000];

/** Dispatches `change`. */
export class Zoom extends EventTarget {
  span = SPAN_MS;

  /** @param {number} span one of SPANS */
  set(span) {
    if (span === this.span) return;
    this.span = span;
    this.dispatchEvent(new Event("change"));
  }

  /** Shows a longer or, with a negative number, a shorter time. @param {number} steps */
  step(steps) {
    const index = SPANS.indexOf(this.span) + steps;
    this.set(SPANS[Math.min(SPANS.length - 1, Math.max(0, index))]);
  }

  /** Shows the next shorter time, and after the shortest the longest. */
  cycle() {
    const index = SPANS.indexOf(this.span);
    this.set(SPANS[(index + SPANS.length - 1) % SPANS.length]);
  }
}

// The controls of the span: buttons, arrow keys on a lane, and the wheel with Ctrl, which is also
// how a browser reports two fingers that spread on a touchpad. The plain wheel scrolls the page.

/** @type {Record<string, number>} */
const STEPS = { ArrowUp: -1, ArrowDown: 1 };
// A touchpad sends many small turns.
const TURN = 60;

/**
 * @param {HTMLElement} root  of the lanes
 * @param {Zoom} zoom
 */
export function zoomView(root, zoom) {
  const buttons = SPANS.map((span) => find(root, `[data-span="${span / 1000}"]`));
  buttons.forEach((button, index) =>
    button.addEventListener("click", () => zoom.set(SPANS[index])),
  );
  const settle = () =>
    buttons.forEach((button, index) =>
      button.setAttribute("aria-pressed", String(SPANS[index] === zoom.span)),
    );
  zoom.addEventListener("change", settle);
  settle();
  const tracks = find(root, ".tracks");
  tracks.addEventListener("keydown", (/** @type {KeyboardEvent & { target: Element }} */ event) => {
    const step = event.target.closest(".picture") && STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    zoom.step(step);
  });
  wheel(tracks, zoom);
}

/** @param {HTMLElement} node @param {Zoom} zoom */
function wheel(node, zoom) {
  let turned = 0;
  const turn = (/** @type {WheelEvent} */ event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    turned += event.deltaY;
    if (Math.abs(turned) < TURN) return;
    zoom.step(Math.sign(turned));
    turned = 0;
  };
  node.addEventListener("wheel", turn, { passive: false });
}
