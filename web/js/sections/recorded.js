// Says that what is seen is a recording, when nothing answers and the page's server did not say where anything would.

import { replay } from "../replay.js";
import { find, show } from "../views/dom.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, page) {
  // Whoever serves the page with the services wants to hear that one of them is down.
  if (page.places.told) return;
  const { store } = page;
  store.addEventListener("change", async function look() {
    if (!store.lanes.every(({ state, cursor }) => state === "retrying" && !cursor)) return;
    store.removeEventListener("change", look);
    const recording = await fetch("recorded.json").then((response) => (response.ok ? response.json() : undefined)).catch(() => undefined);
    if (!recording) return;
    replay(page, recording);
    show(find(root, '[data-field="said"]'), words(recording));
    root.hidden = false;
  });
}

/** @param {import("../replay.js").Recording} recording */
function words({ place: { environment }, conditions: { rate, link } }) {
  const { date, cpu, cores, commit, command } = environment;
  const where = `${command.at(-1)}, ${cpu}, ${cores} cores${commit ? `, commit ${commit}` : ""}`;
  const how = `${rate} messages a second, ${link.delay_ms} ms each way`;
  return `No service answers here, so this is a recording: ${date.slice(0, 10)}, ${where}; the lanes show ${how}. What is set here changes nothing.`;
}
