// The section "Anatomy": one message as it crossed the wire of each lane, byte by byte and to
// scale, from the gate's capture.

import { dissect, newestInAll, opening, printable, sizes } from "./dissect.js";
import { enableCardLayout, find, headedRow, show } from "../ui/dom.js";
import { NAMES } from "../ui/format.js";

// By then the first messages have arrived.
const FIRST_MS = 4_000;
const GATELESS = "Only the gate shows them, and this page has none.";
const NONE =
  "No message crossed every lane alone: reduce rate and size, then capture another.";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { store, gate, runner }) {
  const note = find(root, '[data-field="anatomy-note"]');
  const take = find(root, '[data-action="take"]');
  const draw = anatomyView(root);
  if (!gate) {
    const fill = () => {
      const { anatomy } = runner;
      if (anatomy) draw(anatomy.message, anatomy.openings);
      show(note, anatomy ? "Recorded at a gate." : GATELESS);
    };
    runner.addEventListener("change", fill);
    return fill();
  }
  /** @type {Record<string, import("./dissect.js").Part[] | undefined>} */
  const openings = {};
  const look = async () => {
    try {
      /** @type {Record<string, import("./dissect.js").Dissection[]>} */
      const found = {};
      for (const { name } of store.lanes) {
        const chunks = await gate.capture(name);
        found[name] = dissect(name, chunks);
        // The gate keeps it only for a while, and it does not repeat.
        openings[name] = opening(chunks) ?? openings[name];
      }
      const message = newestInAll(found);
      if (message) draw(message, openings);
      show(note, message ? "Captured by the gate just now, without credentials." : NONE);
    } catch (/** @type {any} */ error) {
      show(note, error.message);
    }
  };
  take.disabled = false;
  take.addEventListener("click", look);
  setTimeout(look, FIRST_MS);
}

// One message in each lane, as a bar to scale, as a table, and as readable bytes.

const PARTS = {
  request: "request headers",
  response: "response headers",
  framing: "framing",
  payload: "payload",
};

/**
 * @param {HTMLElement} root
 * @returns {(message: Record<string, import("./dissect.js").Dissection>, openings: Record<string,
 *   import("./dissect.js").Part[] | undefined>) => void}
 */
function anatomyView(root) {
  const body = find(root, "tbody");
  return (message, openings) => {
    const lanes = Object.entries(message);
    const widest = Math.max(...lanes.map(([, { parts }]) => total(parts)));
    body.replaceChildren(...lanes.map(([lane, { parts }]) => rowOf(lane, parts, openings[lane])));
    enableCardLayout(body.parentElement);
    for (const [lane, { parts }] of lanes) {
      const figure = find(root, `[data-anatomy="${lane}"]`);
      find(figure, ".to-scale").replaceChildren(...parts.map((part) => block(part, widest)));
      find(figure, ".sum").textContent = `${total(parts)} bytes`;
      find(figure, "pre").replaceChildren(...parts.map(piece));
    }
  };
}

/** @typedef {import("./dissect.js").Part} Part */

/** @param {Part[]} parts */
const total = (parts) => parts.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** @param {Part} part @param {number} widest */
function block({ name, bytes }, widest) {
  const node = document.createElement("span");
  node.dataset.part = name;
  node.title = `${PARTS[name]}: ${bytes.length} bytes`;
  node.style.width = `${(100 * bytes.length) / widest}%`;
  return node;
}

/** @param {Part} part */
function piece({ name, bytes }) {
  const node = document.createElement("span");
  node.dataset.part = name;
  node.textContent = printable(bytes);
  return node;
}

/** @param {string} lane @param {Part[]} parts @param {Part[] | undefined} opened */
function rowOf(lane, parts, opened) {
  const once = opened ? total(opened) : lane === "longpoll" ? 0 : undefined;
  return headedRow(
    NAMES[lane],
    [...Object.values(sizes(parts)), total(parts), once ?? "no longer available"].map(String),
  );
}
