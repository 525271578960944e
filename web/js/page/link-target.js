// Opens the target of a link and scrolls to it. A section that hides it receives the event
// `lookat`. The address keeps the target as `at`, beside the settings.

/** @param {string | undefined} id of something in the document */
export function lookAtTarget(id) {
  const target = id && document.getElementById(id);
  if (!target) return;
  target.closest("details")?.setAttribute("open", "");
  target.dispatchEvent(new Event("lookat", { bubbles: true }));
  target.scrollIntoView();
}

/** Returns whether the page was reloaded: the browser then restores the scroll position itself. */
export const isReload = () => {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (
    performance.getEntriesByType("navigation")
  );
  return navigation?.type === "reload";
};
