// When views draw. Many changes become one drawing, at most ten a second, none while paused or in a hidden tab.

const GAP_MS = 100;
const REDUCED_MOTION_GAP_MS = 1_000;
// A screen above and below: who scrolls finds it drawn.
const NEAR = "100%";
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether the visitor asked for less motion: once a second is enough then. */
export const prefersReducedMotion = () => calm.matches;

/**
 * @param {import("../page/store.js").Store} store
 * @param {() => void} draw
 * @param {Element} [node] that is drawn; while it is further away than a screen it is not, and then it is once
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
    setTimeout(() => requestAnimationFrame(paint), prefersReducedMotion() ? REDUCED_MOTION_GAP_MS : GAP_MS);
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
 * Whether any of it is on the screen: what nobody sees needs no drawing.
 * @param {Element} node
 * @param {{ margin?: string, enter?: () => void }} [how] what around the screen counts as well; told when it comes there
 * @returns {() => boolean}
 */
export function isSeen(node, { margin = "0px", enter = () => {} } = {}) {
  let seen = true;
  const look = (entries) => {
    const [was, { isIntersecting }] = [seen, entries[entries.length - 1]];
    seen = isIntersecting;
    if (seen && !was) enter();
  };
  new IntersectionObserver(look, { rootMargin: margin }).observe(node);
  return () => seen;
}
