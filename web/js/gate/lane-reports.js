// Writes the gate's reports into the lanes: bytes, and bands for active faults. Applies the chosen
// link to the gate.

import * as clock from "../clock.js";
import { applyChosenLink } from "./link-setting.js";

/**
 * @param {import("../lanes/lane.js").Lane} lane
 * @param {import("./byte-counter.js").ByteCounter} byteCounter
 * @param {number} bytes
 */
function read(lane, byteCounter, bytes) {
  lane.wireBytes = bytes;
  if (!byteCounter.suspended)
    lane.bytesPerMessage.read({ at: clock.now(), bytes, count: lane.sequence.count });
}

/**
 * @param {import("./gate.js").Gate} gate
 * @param {Pick<import("../page.js").Page, "store" | "bands" | "byteCounter">} page
 */
export async function followGate(gate, { store, bands, byteCounter }) {
  gate.addEventListener("change", () => {
    for (const { lane, up, down, faults } of gate.lanes.filter(({ lane }) => store.has(lane))) {
      read(store.lane(lane), byteCounter, byteCounter.read(lane, up.bytes + down.bytes));
      bands.follow(
        lane,
        faults.map(({ fault }) => fault),
        clock.now(),
      );
    }
    store.changed();
  });
  let wasPaused = false;
  store.addEventListener("settings", async () => {
    const isNew = store.paused && !wasPaused;
    wasPaused = store.paused;
    // Once paused, all figures should be of one moment. Messages are known at once, bytes only when
    // the gate reports.
    if (isNew)
      await gate.refresh().then(
        () => store.paused && store.standsStill(),
        () => {},
      );
  });
  // A gate that does not respond now may do so in half a second.
  await gate.watch().catch(() => {});
  await applyChosenLink(gate, store);
}
