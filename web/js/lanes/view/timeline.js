// The timelines of all lanes on one axis, redrawn at each frame, or once a second with reduced
// motion. Keeps the time that they show; track.js draws them.

import * as clock from "../../shared/clock.js";
import { secondsBack } from "../trace.js";
import { find, show } from "../../ui/dom.js";
import { prefersReducedMotion, isSeen } from "../../ui/paint.js";
import { drawTrack } from "./track.js";

const REDUCED_MOTION_MS = 1_000;
const LABELS = 5;

/**
 * @param {HTMLElement} root
 * @param {import("../../page.js").Page} page
 * @param {import("../inspection.js").Selection} chosen
 * @param {import("../zoom.js").Zoom} zoom
 * @param {import("./lane-view.js").Strip} strip
 * @returns {() => { from: number, to: number }} the time that is shown
 */
export function timeline(root, { store, bands }, chosen, zoom, strip) {
  const canvases = canvasesIn(root, (name) => `[data-lane="${name}"] .picture canvas`, store);
  const beside = canvasesIn(root, (name) => `[data-lane="${name}"] .companion canvas`, store);
  const back = lookBack(find(root, '[data-field="look-back"]'), store, zoom);
  const axis = [...find(root, '[data-field="axis"]').children];
  const visible = isSeen(find(root, ".tracks"));
  let stoppedAt = clock.now();
  let drawn = -Infinity;

  store.addEventListener("settings", () => (stoppedAt = store.paused ? stoppedAt : clock.now()));
  requestAnimationFrame(function frame(time) {
    requestAnimationFrame(frame);
    if (!store.paused) stoppedAt = clock.now();
    if (time - drawn < (prefersReducedMotion() ? REDUCED_MOTION_MS : 0)) return;
    drawn = time;
    if (visible()) {
      draw(store.lanes, canvases);
      draw(store.companions, beside);
    }
    if (strip.isShown()) draw(store.lanes, strip.canvases);
  });
  const relabel = () => label(axis, zoom.span, stoppedAt - shown().to);
  back.addEventListener("input", relabel);
  store.addEventListener("settings", relabel);
  zoom.addEventListener("change", () => {
    relabel();
    drawn = -Infinity;
  });
  return shown;

  /** @param {import("../lane.js").Lane[]} lanes @param {Map<string, HTMLCanvasElement>} on */
  function draw(lanes, on) {
    const { from, to } = shown();
    for (const lane of lanes) {
      const window = { from, to, bands: bands.of(lane.name), chosen: chosen.at(lane.name) };
      drawTrack(/** @type {HTMLCanvasElement} */ (on.get(lane.name)), lane, window);
    }
  }

  function shown() {
    const to = stoppedAt - Number(back.value) * 1000;
    return { from: to - zoom.span, to };
  }
}

/**
 * @param {HTMLElement} root
 * @param {(name: string) => string} selector
 * @param {import("../../page/store.js").Store} store
 * @returns {Map<string, HTMLCanvasElement>} by lane
 */
const canvasesIn = (root, selector, { lanes }) =>
  new Map(lanes.map(({ name }) => [name, find(root, selector(name))]));

/**
 * The slider that goes back in time while the page is paused.
 * @param {HTMLElement} node
 * @param {import("../../page/store.js").Store} store
 * @param {import("../zoom.js").Zoom} zoom
 */
function lookBack(node, store, zoom) {
  const input = find(node, "input");
  const output = find(node, "output");
  const update = () => {
    show(output, `${input.value} s`);
    input.setAttribute("aria-valuetext", `${input.value} seconds`);
  };
  input.addEventListener("input", update);
  const settle = () => {
    input.disabled = !store.paused;
    if (store.paused) input.max = String(secondsBack(performance.now(), zoom.span));
    else input.value = "0";
    update();
  };
  store.addEventListener("settings", settle);
  zoom.addEventListener("change", settle);
  return input;
}

/**
 * Labels the axis in seconds before now, or before the pause.
 * @param {Element[]} axis
 * @param {number} span milliseconds
 * @param {number} back milliseconds from the right edge to now, or to the pause
 */
function label(axis, span, back) {
  const seconds = (/** @type {number} */ index) => {
    const ago = Math.round(back / 1000) + (span / 1000 / LABELS) * (LABELS - index);
    return Number(ago.toFixed(1));
  };
  axis.forEach((node, index) =>
    show(
      node,
      seconds(index) === 0 ? "now" : index ? String(seconds(index)) : `${seconds(index)} s ago`,
    ),
  );
}
