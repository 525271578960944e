// One connection test at a time: its connections as they open and wait, and a row with the result.

import { protocolOf } from "./connection-tests.js";
import { ConnectionSet, slotText } from "./connection-set.js";
import { find, show } from "../ui/dom.js";
import { milliseconds } from "../ui/format.js";

/** @typedef {import("./connection-tests.js").ConnectionTest} ConnectionTest */

const CHECK_INTERVAL_MS = 250;
// How long all stay visible, here and at the service, before they are closed.
const SHOWN_MS = 3_000;

/**
 * @param {HTMLElement} root
 * @param {Record<string, ConnectionTest>} gauges  by the action of their buttons
 */
export function connectionTestView(root, gauges) {
  /** @type {Measurement | undefined} */
  let current;
  const begin = (/** @type {string} */ action) => {
    current?.end();
    current = new Measurement(root, find(root, `[data-gauge="${action}"]`), gauges[action]);
    current.begin();
  };
  for (const [action, { base }] of Object.entries(gauges)) {
    const button = find(root, `[data-action="${action}"]`);
    button.disabled = !base;
    // Not within the click: Firefox allows three more connections for requests of a user's click.
    button.addEventListener("click", () => setTimeout(() => begin(action)));
  }
  find(root, '[data-action="close"]').addEventListener("click", () => current?.slots.closeOne());
  setInterval(() => current?.look(), CHECK_INTERVAL_MS);
}

/** Writes the result of a test into its row until it is settled, or another test starts. */
class Measurement {
  #isStale = false;
  /** @type {"asking" | "opening" | "done"} */
  #phase = "asking";

  /** @param {HTMLElement} root @param {Element} row @param {ConnectionTest} gauge */
  constructor(root, row, gauge) {
    this.root = root;
    this.row = row;
    this.gauge = gauge;
    this.slots = new ConnectionSet(gauge.base ?? "", gauge.open);
    this.slots.addEventListener("change", () => (this.#isStale = true));
  }

  async begin() {
    const { base } = this.slots;
    this.#note(`Connecting to ${base} …`);
    const protocol = await protocolOf(base).catch(() => undefined);
    if (this.#phase === "done") return;
    if (!protocol) return this.#note(`${base} does not respond to this page.`);
    const { count, silent } = this.gauge;
    fill(this.row, { protocol: silent ? "n/a" : protocol });
    this.#note(`Opening ${count} at ${base} …`);
    this.slots.open(count);
    this.#phase = "opening";
  }

  /** Updates the view; to be called a few times a second. */
  look() {
    const { slots } = this;
    // Waiting connections show for how long.
    if (this.#isStale || slots.tally.waiting) this.#draw();
    if (this.#phase !== "opening") return;
    fill(this.row, cells(slots.tally));
    if (slots.isSettled) this.#settle();
  }

  end() {
    this.#phase = "done";
    this.slots.closeAll();
  }

  #draw() {
    this.#isStale = false;
    drawSlots(find(this.root, '[data-field="slots"]'), this.slots);
    find(this.root, '[data-action="close"]').disabled = !this.slots.tally.open;
  }

  #settle() {
    this.#phase = "done";
    this.#note(summary(this.slots));
    if (!this.gauge.stays) setTimeout(() => this.slots.closeAll(), SHOWN_MS);
  }

  /** @param {string} text */
  #note(text) {
    show(find(this.root, '[data-field="slots-note"]'), text);
  }
}

/** @param {import("./connection-set.js").Tally} tally */
function cells({ open, waiting, failed, request }) {
  return {
    open,
    waiting,
    failed,
    request: request === undefined ? "waiting" : milliseconds(request),
  };
}

/** @param {ConnectionSet} slots */
function summary({ tally: { open, waiting, failed, request }, base }) {
  const meanwhile =
    request === undefined ? "An ordinary request to the same origin also waits." : "";
  return `${open} open, ${waiting} waiting, ${failed} failed, at ${base}. ${meanwhile}`;
}

/** @param {Element} row @param {Record<string, string | number>} values */
function fill(row, values) {
  for (const [field, value] of Object.entries(values))
    show(find(row, `[data-field="${field}"]`), String(value));
}

// A box for each connection, while they open and wait.

// More boxes than this are drawn without text; the row of the test has their numbers.
const IN_WORDS = 20;

/**
 * Writes only what has changed: there may be hundreds.
 * @param {HTMLElement} list
 * @param {import("./connection-set.js").ConnectionSet} slots
 */
function drawSlots(list, { all, now }) {
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
  for (const name of /** @type {const} */ (["state", "kind"]))
    if (li.dataset[name] !== slot[name]) li.dataset[name] = slot[name];
  show(li, `${slot.name}: ${slotText(slot, now)}`);
}
