// One lane's header and counters.

import * as clock from "../../clock.js";
import { find, show } from "../../ui/dom.js";
import { bytes, old, NAMES } from "../../ui/format.js";
import { isStopped } from "../loss.js";
import { noticeFor } from "./notice.js";
import { paintOn } from "../../ui/paint.js";

/**
 * @param {HTMLElement} section
 * @param {import("../../page/store.js").Store} store
 * @param {import("../lane.js").Lane} lane
 * @param {{ onToggle: () => void }} actions
 */
export function laneView(section, store, lane, { onToggle }) {
  const field = (name) => find(section, `[data-field="${name}"]`);
  const toggle = find(section, '[data-action="toggle"]');
  toggle.addEventListener("click", onToggle);

  paintOn(
    store,
    () => {
      for (const [name, text] of Object.entries(counters(lane))) show(field(name), text);
      show(toggle, lane.state === "off" ? "Connect" : "Disconnect");
      toggle.setAttribute("aria-label", `${toggle.textContent} ${NAMES[lane.name]}`);
      section.dataset.state = lane.state;
      section.toggleAttribute("data-stopped", isStopped(lane));
      section.dataset.lastOffset = String(lane.sequence.position?.offset ?? "");
      section.dataset.inOrder = String(lane.sequence.inOrder);
    },
    section,
  );
  notice(section, store, lane);
}

/** @param {import("../lane.js").Lane} lane */
function counters(lane) {
  const { state, sequence, requests, freshness, wireBytes } = lane;
  return {
    state: isStopped(lane) ? "stopped" : state,
    requests: String(requests),
    wire: bytes(wireBytes),
    count: String(sequence.count),
    age: old(freshness.peak),
  };
}

/** The notice counts down to a retry although nothing arrives, so it has its own timer. */
function notice(section, store, lane) {
  const node = find(section, '[data-field="notice"]');
  const draw = () => {
    const text = noticeFor(lane, clock.now());
    show(node, text);
    node.hidden = !text;
  };
  paintOn(store, draw, section);
  setInterval(draw, 1000);
}
