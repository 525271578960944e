// One lane in numbers, and its latest messages. Reads the store, fetches nothing.

import { copyOf, find, show } from "./dom.js";
import { latency, milliseconds, seconds } from "./format.js";
import { paintOn } from "./paint.js";
import { highlightSame } from "./same.js";

const BAD = ["missing", "duplicates"];

/**
 * @param {HTMLElement} section
 * @param {import("../store.js").Store} store
 * @param {import("../lane.js").Lane} lane
 */
export function numbersView(section, store, lane) {
  section.append(copyOf("lane-numbers"));
  const field = (name) => find(section, `[data-field="${name}"]`);
  highlightSame(field("messages"));
  paintOn(store, () => {
    for (const [name, text] of Object.entries(figures(lane))) show(field(name), text);
    for (const name of BAD) field(name).classList.toggle("bad", lane.sequence[name] > 0);
    list(field("messages"), lane.entries);
  });
}

/** @param {import("../lane.js").Lane} lane */
function figures({ sequence, latency: window, freshness, entries, wire, reconnects, resets }) {
  return {
    "latency-median": milliseconds(window.median),
    "latency-last": entries.length ? latency(entries[0]) : "–",
    "age-median": seconds(freshness.median),
    bytes: wire && sequence.count ? String(Math.round(wire / sequence.count)) : "–",
    reconnects: String(reconnects),
    resets: String(resets),
    missing: String(sequence.missing),
    duplicates: String(sequence.duplicates),
  };
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
