// A box for each connection, while they open and wait.

import { slotText } from "./connection-set.js";
import { show } from "../ui/dom.js";

// More boxes than this are drawn without text; the row of the test has their numbers.
const IN_WORDS = 20;

/**
 * Writes only what has changed: there may be hundreds.
 * @param {HTMLElement} list
 * @param {import("./connection-set.js").ConnectionSet} slots
 */
export function drawSlots(list, { all, now }) {
  const at = now();
  list.toggleAttribute("data-many", all.length > IN_WORDS);
  all.forEach((slot, index) =>
    write(
      /** @type {HTMLElement} */ (
        list.children[index] ?? list.appendChild(document.createElement("li"))
      ),
      slot,
      at,
    ),
  );
  while (list.children.length > all.length) list.lastElementChild?.remove();
}

/** @param {HTMLElement} li @param {import("./connection-set.js").Slot} slot @param {number} now */
function write(li, slot, now) {
  for (const name of ["state", "kind"])
    if (li.dataset[name] !== slot[name]) li.dataset[name] = slot[name];
  show(li, `${slot.name}: ${slotText(slot, now)}`);
}
