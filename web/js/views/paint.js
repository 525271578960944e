// When views draw. Many changes become one drawing, at most ten a second, none while paused or in a hidden tab.

const GAP_MS = 100;
const CALM_GAP_MS = 1_000;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** How long to leave the picture alone, for who asked for less motion and for who did not. */
export const gap = () => (calm.matches ? CALM_GAP_MS : GAP_MS);

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
    setTimeout(() => requestAnimationFrame(paint), gap());
  });
}
