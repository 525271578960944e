// One lane on the page: state, numbers, latest messages. Reads the store, fetches nothing.

import * as clock from "../clock.js";
import { copyOf, find, show } from "./dom.js";
import { latency, milliseconds, NAMES } from "./format.js";
import { noticeFor } from "./notice.js";
import { paintOn } from "./paint.js";
import { highlightSame } from "./same.js";

/**
 * @param {HTMLElement} section
 * @param {import("../store.js").Store} store
 * @param {import("../lane.js").Lane} lane
 * @param {{ onToggle: () => void }} actions
 */
export function laneView(section, store, lane, { onToggle }) {
  section.append(copyOf("lane-body"));
  const field = (name) => find(section, `[data-field="${name}"]`);
  const toggle = find(section, '[data-action="toggle"]');
  toggle.addEventListener("click", onToggle);
  highlightSame(field("messages"));

  paintOn(store, () => {
    for (const [name, text] of Object.entries(figures(lane))) show(field(name), text);
    show(toggle, lane.state === "off" ? "Connect" : "Disconnect");
    toggle.setAttribute("aria-label", `${toggle.textContent} ${NAMES[lane.name]}`);
    section.dataset.state = lane.state;
    section.dataset.lastOffset = String(lane.sequence.position?.offset ?? "");
    section.dataset.inOrder = String(lane.sequence.inOrder);
    field("missing").classList.toggle("bad", lane.sequence.missing > 0);
    field("duplicates").classList.toggle("bad", lane.sequence.duplicates > 0);
    list(field("messages"), lane.entries);
  });
  notice(field("notice"), store, lane);
}

/** @param {import("../lane.js").Lane} lane */
function figures({ state, sequence, latency: window, entries, requests, reconnects }) {
  return {
    state,
    count: String(sequence.count),
    missing: String(sequence.missing),
    duplicates: String(sequence.duplicates),
    requests: String(requests),
    reconnects: String(reconnects),
    "latency-median": milliseconds(window.median),
    "latency-last": entries.length ? latency(entries[0]) : "–",
  };
}

/** Counts down while a retry is due, and changes though nothing arrives; so it has its own beat. */
function notice(node, store, lane) {
  const draw = () => {
    const text = noticeFor(lane, clock.now());
    show(node, text);
    node.hidden = !text;
  };
  store.addEventListener("change", draw);
  setInterval(draw, 1000);
  draw();
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
