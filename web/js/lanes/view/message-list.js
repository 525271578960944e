// The latest messages of one lane.

import { cloneTemplate, show } from "../../ui/dom.js";
import { latency } from "../../ui/format.js";
import { paintOn } from "../../ui/paint.js";
import { highlightCopies } from "./highlight-copies.js";

/**
 * @param {HTMLElement} ol
 * @param {import("../../page/store.js").Store} store
 * @param {import("../lane.js").Lane} lane
 */
export function messagesView(ol, store, lane) {
  highlightCopies(ol);
  paintOn(store, () => list(ol, lane.entries), ol);
}

/** @param {HTMLElement} ol @param {import("../lane.js").Entry[]} entries newest first */
function list(ol, entries) {
  while (ol.children.length < entries.length) ol.append(cloneTemplate("message"));
  entries.forEach((entry, index) => fill(ol.children[index], entry));
}

function fill(li, entry) {
  const { key, offset, text, verdict } = entry;
  li.dataset.offset = String(offset ?? "");
  li.dataset.key = key;
  li.dataset.verdict = verdict;
  const [offsetNode, textNode, latencyNode] = li.children;
  show(offsetNode, verdict === "duplicate" ? `#${offset} again` : `#${offset}`);
  show(textNode, text);
  show(latencyNode, latency(entry));
}
