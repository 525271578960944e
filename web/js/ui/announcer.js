// What a screen reader is told without asking: changes of state and losses, at most one sentence in five seconds. Never
// each message.

import { NAMES } from "./format.js";
import { paintOn } from "./paint.js";

const GAP_MS = 5_000;

/**
 * @param {HTMLElement} node a polite live region
 * @param {import("../page/store.js").Store} store
 */
export function announcer(node, store) {
  let said = store.lanes.map(summary);
  let waiting = false;

  paintOn(store, () => {
    if (waiting || !news().length) return;
    waiting = true;
    // A moment's patience: what happens together is said together.
    setTimeout(speak, 500);
  });

  function speak() {
    node.textContent = news().join(" ");
    said = store.lanes.map(summary);
    setTimeout(() => {
      waiting = false;
      if (news().length) store.changed();
    }, GAP_MS);
  }

  function news() {
    return store.lanes.map(summary).filter((text, index) => text !== said[index]);
  }
}

/** @param {import("../lanes/lane.js").Lane} lane */
function summary({ name, state, sequence }) {
  // Every retry passes through `connecting`: not worth a sentence.
  const losses = [sequence.missing && `${sequence.missing} missing`, sequence.duplicates && `${sequence.duplicates} duplicates`];
  return `${[`${NAMES[name]} ${state}`, ...losses.filter(Boolean)].join(", ")}.`;
}
