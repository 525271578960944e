// What a link leads to: it is unfolded and scrolled to, and whoever hides it is told by its event `lookat`. The address remembers it as `at`, beside the settings.

/** @param {string | undefined} id of something in the document */
export function lookAtTarget(id) {
  const target = id && document.getElementById(id);
  if (!target) return;
  target.closest("details")?.setAttribute("open", "");
  target.dispatchEvent(new Event("lookat", { bubbles: true }));
  target.scrollIntoView();
}

/** Whoever loads a page again wants to be where they were, which the browser knows. */
export const isReload = () => {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return navigation?.type === "reload";
};
