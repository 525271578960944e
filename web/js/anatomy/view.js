// One message in each lane, as a bar to scale, as a table, and as readable bytes.

import { sizes } from "./dissect.js";
import { printable } from "./printable-bytes.js";
import { enableCardLayout } from "../ui/card-tables.js";
import { find, headedRow } from "../ui/dom.js";
import { NAMES } from "../ui/format.js";

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
export function anatomyView(root) {
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

const total = (parts) => parts.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** @param {import("./dissect.js").Part} part @param {number} widest */
function block({ name, bytes }, widest) {
  const node = document.createElement("span");
  node.dataset.part = name;
  node.title = `${PARTS[name]}: ${bytes.length} bytes`;
  node.style.width = `${(100 * bytes.length) / widest}%`;
  return node;
}

function piece({ name, bytes }) {
  const node = document.createElement("span");
  node.dataset.part = name;
  node.textContent = printable(bytes);
  return node;
}

function rowOf(lane, parts, opened) {
  const once = opened ? total(opened) : lane === "longpoll" ? 0 : undefined;
  return headedRow(
    NAMES[lane],
    [...Object.values(sizes(parts)), total(parts), once ?? "no longer available"].map(String),
  );
}
