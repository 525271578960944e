// The latest messages of one lane. Reads the store, fetches nothing.

import { copyOf, show } from "./dom.js";
import { latency } from "./format.js";
import { paintOn } from "./paint.js";
import { highlightSame } from "./same.js";

/**
 * @param {HTMLElement} ol
 * @param {import("../store.js").Store} store
 * @param {import("../lane.js").Lane} lane
 */
export function messagesView(ol, store, lane) {
  highlightSame(ol);
  paintOn(store, () => list(ol, lane.entries), ol);
}

/** @param {HTMLElement} ol @param {import("../lane.js").Entry[]} entries newest first */
function list(ol, entries) {
  while (ol.children.length < entries.length) ol.append(copyOf("message"));
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
