// The section "Anatomy": one message as it crossed the wire of each lane, byte by byte and to
// scale, from the gate's capture.

import { dissect, newestInAll, opening } from "./dissect.js";
import { anatomyView } from "./view.js";
import { find, show } from "../ui/dom.js";

// By then the first messages have arrived.
const FIRST_MS = 4_000;
const NONE =
  "No recent message crossed every lane in a write of its own. At high rates messages share a " +
  "write, and only the first " +
  "4096 bytes of a write are kept: reduce rate and size, then capture another.";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { store, gate }) {
  const note = find(root, '[data-field="anatomy-note"]');
  const take = find(root, '[data-action="take"]');
  if (!gate)
    return show(note, "Only the gate can show the bytes on the wire, and this page has none.");
  const draw = anatomyView(root);
  const openings = {};
  take.disabled = false;
  take.addEventListener("click", look);
  setTimeout(look, FIRST_MS);

  async function look() {
    try {
      const found = {};
      for (const { name } of store.lanes) {
        const chunks = await gate.capture(name);
        found[name] = dissect(name, chunks);
        // The gate keeps it only for a while, and it does not repeat.
        openings[name] = opening(chunks) ?? openings[name];
      }
      const message = newestInAll(found);
      if (message) draw(message, openings);
      show(note, message ? "Captured by the gate just now. It captures no credentials." : NONE);
    } catch (/** @type {any} */ error) {
      show(note, error.message);
    }
  }
}
