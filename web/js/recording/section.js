// Replays the recording, and says so, when no service responds and the page's server did not name
// any.

import { replay } from "./replay.js";
import { find, show } from "../ui/dom.js";

/** Controls that need a service. */
const VAIN = [
  "#pace, [name=rate], [name=size], [name=clients]",
  "[data-action=toggle], [data-action=faster], [data-action=break]",
  "[data-form=composer] :is(input, select, button)",
  "[data-action=show], #choose [type=submit]",
  "[data-action=ask], [data-action=burn]",
  "[data-action=open], [data-action=sockets]",
].join();

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, page) {
  // A server that names services wants to see that one of them is down, not a recording.
  if (page.endpoints.fromServer) return;
  const { store } = page;
  store.addEventListener("change", async function look() {
    if (!store.lanes.every(({ state, cursor }) => state === "retrying" && !cursor)) return;
    store.removeEventListener("change", look);
    const recording = await fetch("recorded.json")
      .then((response) => (response.ok ? response.json() : undefined))
      .catch(() => undefined);
    if (!recording) return;
    replay(page, recording);
    disable();
    page.runner.addEventListener("change", disable);
    for (const [field, text] of Object.entries(words(recording)))
      show(find(root, `[data-field="${field}"]`), text);
    root.hidden = false;
  });
}

function disable() {
  for (const control of document.querySelectorAll(VAIN)) control.toggleAttribute("disabled", true);
}

/** @param {import("./replay.js").Recording} recording */
function words({ place: { environment }, conditions: { rate, link } }) {
  const { date, cpu, cores, commit, command } = environment;
  const where = `${command.at(-1)}, ${cpu}, ${cores} cores${commit ? `, commit ${commit}` : ""}`;
  const said =
    `No services are running here: this is a recording of ${date.slice(0, 10)}. ` +
    `Controls that need a service are off.`;
  return {
    said,
    from: `${where}; ${rate} messages per second, ${link.delay_ms} ms in each direction.`,
  };
}
