// The timelines of all lanes on one axis, redrawn at each frame, or once a second with reduced
// motion. Keeps the ten seconds that they show; track.js draws them.

import * as clock from "../../clock.js";
import { secondsBack, SPAN_MS } from "../trace.js";
import { find, show } from "../../ui/dom.js";
import { prefersReducedMotion, isSeen } from "../../ui/paint.js";
import { drawTrack } from "./track.js";

const REDUCED_MOTION_MS = 1_000;
const LABELS = 5;

/**
 * @typedef {object} Shown
 * @property {() => { from: number, to: number }} window
 * @property {(message: { n: number, offset: number } | undefined) => void} choose
 */

/**
 * @param {HTMLElement} root
 * @param {import("../../page.js").Page} page
 * @param {import("../inspection.js").Selection} chosen
 * @returns {() => { from: number, to: number }} the ten seconds that are shown
 */
export function timeline(root, { store, bands }, chosen) {
  const tracks = store.lanes.map((lane) => ({
    lane,
    canvas: find(root, `[data-lane="${lane.name}"] canvas`),
  }));
  const back = lookBack(find(root, '[data-field="look-back"]'), store);
  const axis = [...find(root, '[data-field="axis"]').children];
  const visible = isSeen(root);
  let stoppedAt = clock.now();
  let drawn = -Infinity;

  store.addEventListener("settings", () => (stoppedAt = store.paused ? stoppedAt : clock.now()));
  requestAnimationFrame(function frame(time) {
    requestAnimationFrame(frame);
    if (!store.paused) stoppedAt = clock.now();
    if (!visible() || time - drawn < (prefersReducedMotion() ? REDUCED_MOTION_MS : 0)) return;
    drawn = time;
    const { from, to } = shown();
    for (const { lane, canvas } of tracks) {
      drawTrack(canvas, lane, {
        from,
        to,
        bands: bands.of(lane.name),
        chosen: chosen.at(lane.name),
      });
    }
  });
  back.addEventListener("input", () => label(axis, shown().to, stoppedAt));
  store.addEventListener("settings", () => label(axis, shown().to, stoppedAt));
  return shown;

  function shown() {
    const to = stoppedAt - Number(back.value) * 1000;
    return { from: to - SPAN_MS, to };
  }
}

/** The slider that goes back in time while the page is paused. */
function lookBack(node, store) {
  const input = find(node, "input");
  const output = find(node, "output");
  const update = () => {
    show(output, `${input.value} s`);
    input.setAttribute("aria-valuetext", `${input.value} seconds`);
  };
  input.addEventListener("input", update);
  store.addEventListener("settings", () => {
    input.disabled = !store.paused;
    if (store.paused) input.max = String(secondsBack(performance.now()));
    else input.value = "0";
    update();
  });
  return input;
}

/** Labels the axis in seconds before now, or before the pause. */
function label(axis, to, now) {
  const back = Math.round((now - to) / 1000);
  const seconds = (index) => back + (SPAN_MS / 1000 / LABELS) * (LABELS - index);
  axis.forEach((node, index) =>
    show(
      node,
      seconds(index) === 0 ? "now" : index ? String(seconds(index)) : `${seconds(index)} s ago`,
    ),
  );
}
