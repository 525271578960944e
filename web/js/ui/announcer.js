// Announcements for screen readers: state changes and losses, at most one sentence in five seconds,
// never each message.

import { isStopped } from "../lanes/loss.js";
import { NAMES } from "./format.js";
import { paintOn } from "./paint.js";

const GAP_MS = 5_000;

/**
 * @param {HTMLElement} node a polite live region
 * @param {import("../page/store.js").Store} store
 */
export function announcer(node, store) {
  let announced = store.lanes.map(summary);
  let waiting = false;

  paintOn(store, () => {
    if (waiting || !changes().length) return;
    waiting = true;
    // A short wait combines changes that happen together.
    setTimeout(speak, 500);
  });

  function speak() {
    node.textContent = changes().join(" ");
    announced = store.lanes.map(summary);
    setTimeout(() => {
      waiting = false;
      if (changes().length) store.changed();
    }, GAP_MS);
  }

  function changes() {
    return store.lanes.map(summary).filter((text, index) => text !== announced[index]);
  }
}

/** @param {import("../lanes/lane.js").Lane} lane */
function summary(lane) {
  const { name, sequence } = lane;
  const state = isStopped(lane) ? "stopped" : lane.state;
  // Every retry passes through `connecting`, which needs no announcement.
  const losses = [
    sequence.missing && `${sequence.missing} missing`,
    sequence.duplicates && `${sequence.duplicates} duplicates`,
  ];
  return `${[`${NAMES[name]} ${state}`, ...losses.filter(Boolean)].join(", ")}.`;
}
