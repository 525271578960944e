// When views draw: many changes become one drawing, at most ten per second, none while paused or in
// a hidden tab.

const GAP_MS = 100;
const REDUCED_MOTION_GAP_MS = 1_000;
// A screen above and below, so that scrolling finds it drawn.
const NEAR = "100%";
/** @type {MediaQueryList | undefined} */
let calm;

/** Whether the visitor asked for reduced motion; once a second is then enough. */
export const prefersReducedMotion = () =>
  (calm ??= matchMedia("(prefers-reduced-motion: reduce)")).matches;

/**
 * @param {import("../page/store.js").Store} store
 * @param {() => void} draw
 * @param {Element} [node] the drawn element; while it is more than a screen away, drawing is
 *   postponed
 */
export function paintOn(store, draw, node) {
  let [waiting, owed] = [false, false];
  const isNear = node ? isSeen(node, { margin: NEAR, enter: () => owed && pay() }) : () => true;
  const pay = () => {
    owed = false;
    draw();
  };
  draw();
  store.addEventListener("change", () => {
    if (waiting) return;
    waiting = true;
    setTimeout(
      () => requestAnimationFrame(paint),
      prefersReducedMotion() ? REDUCED_MOTION_GAP_MS : GAP_MS,
    );
  });
  store.addEventListener("still", () => {
    owed = true;
    if (isNear()) pay();
  });

  function paint() {
    waiting = false;
    if (store.paused) return;
    owed = true;
    if (isNear()) pay();
  }
}

/**
 * Returns a function that tells whether any part of the element is on the screen.
 * @param {Element} node
 * @param {{ margin?: string, enter?: () => void }} [how] margin that counts as on the screen;
 *   callback when it enters
 * @returns {() => boolean}
 */
export function isSeen(node, { margin = "0px", enter = () => {} } = {}) {
  let seen = true;
  const look = (/** @type {IntersectionObserverEntry[]} */ entries) => {
    const [was, { isIntersecting }] = [seen, entries[entries.length - 1]];
    seen = isIntersecting;
    if (seen && !was) enter();
  };
  new IntersectionObserver(look, { rootMargin: margin }).observe(node);
  return () => seen;
}
