// When views draw. Many changes become one drawing, at most ten a second, none while paused or in a hidden tab.

const GAP_MS = 100;
const CALM_GAP_MS = 1_000;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether the visitor asked for less motion: once a second is enough then. */
export const isCalm = () => calm.matches;

/**
 * @param {import("../store.js").Store} store
 * @param {() => void} draw
 */
export function paintOn(store, draw) {
  let waiting = false;
  const paint = () => {
    waiting = false;
    if (!store.paused) draw();
  };
  draw();
  store.addEventListener("change", () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => requestAnimationFrame(paint), isCalm() ? CALM_GAP_MS : GAP_MS);
  });
}

/** Whether any of it is on the screen: what nobody sees needs no drawing. @param {Element} node @returns {() => boolean} */
export function isSeen(node) {
  let seen = true;
  new IntersectionObserver((entries) => (seen = entries[entries.length - 1].isIntersecting)).observe(node);
  return () => seen;
}
