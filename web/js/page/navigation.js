// The address and its links: settings, targets, and sections that are folded.

import { readAddress, writeAddress } from "./settings.js";
import { cloneTemplate, find, show } from "../ui/dom.js";

// Keeps the settings and the address in step, in both directions.

/** @param {import("./store.js").Store} store */
export function followAddress(store) {
  store.addEventListener("settings", () =>
    history.replaceState(null, "", writeAddress(store.settings)),
  );
  addEventListener("hashchange", () => {
    const { channel } = store.settings;
    const settings = readAddress(location.hash);
    lookAtTarget(settings.at);
    // A link to a section changes no other setting.
    if (!location.hash.includes("=")) {
      const { at, present } = settings;
      return store.set({ at, present });
    }
    // Another channel has another history with its own ids, so the page starts again.
    if (settings.channel !== channel) location.reload();
    else store.set({ at: undefined, ...settings });
  });
}

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

const INPUTS = ["wheel", "pointerdown", "keydown"];
const LAID_OUT_MS = 10_000;

/**
 * Looks at the target again whenever what is above it changes its height, until the visitor acts.
 * Browsers anchor the position themselves, but not at the end of a page, and Firefox not always.
 * @param {string | undefined} id
 */
export function keepTarget(id) {
  lookAtTarget(id);
  const layout = new ResizeObserver(() => lookAtTarget(id));
  layout.observe(find(document, "main"));
  const leave = () => layout.disconnect();
  for (const input of INPUTS) addEventListener(input, leave, { once: true });
  setTimeout(leave, LAID_OUT_MS);
}

/** Returns whether the page was reloaded: the browser then restores the scroll position itself. */
export const isReload = () => {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (
    performance.getEntriesByType("navigation")
  );
  return navigation?.type === "reload";
};

// In a narrow window css/page.css folds all sections but the first, or the page would be twenty
// screens long. A button in each heading opens one, and so does a link into it.

/** @param {Document} root */
export function foldSections(root) {
  for (const section of root.querySelectorAll("[data-folds]")) {
    find(section, ".heading").append(cloneTemplate("fold"));
    const button = find(section, ".fold");
    const open = (/** @type {boolean} */ isOpen) => {
      section.classList.toggle("open", isOpen);
      show(button, isOpen ? "Close" : "Open");
      button.ariaExpanded = String(isOpen);
      button.ariaLabel = `${button.textContent}: ${find(section, "h2").textContent}`;
    };
    button.addEventListener("click", () => open(!section.classList.contains("open")));
    section.addEventListener("lookat", () => open(true));
    open(false);
  }
}
