// Draws one lane from observed times: requests as bars, messages as ticks, errors on top. All lanes
// use the same code: the staircase is what polling does, not how it is drawn.

import { missedSinceLoss } from "../loss.js";
import { KINDS, orNow } from "../trace.js";
import { drawMarks, drawOpenGap } from "./marks.js";
import { bandLabels } from "./band-labels.js";
import { clearCanvas, fill, stroke, write } from "../../ui/canvas.js";

// Successive requests are drawn on four steps; a stream uses the full height and rarely has a
// second request.
const STEPS = { longpoll: 4, sse: 1, ws: 1 };
const THICKEST = 14;
const TICK = 3;
// With more messages than this in view, ticks would merge, so they get thinner.
const CROWD = 250;
const OVERHANG = 3;
const LABEL = "11px system-ui, sans-serif";
// Pixels.
const SPOT = 1;
const FINE = KINDS.indexOf("next");

/**
 * @typedef {object} View
 * @property {number} from  time at the left edge
 * @property {number} to  time at the right edge
 * @property {(at: number) => number} x
 * @property {(step: number) => number} top  top of a request's bar
 * @property {number} thick
 * @property {number} tick
 * @property {number} width
 * @property {number} height
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("../lane.js").Lane} lane
 * @param {{ from: number, to: number, bands: import("../fault-bands.js").FaultBand[], chosen?:
 *   number }} window
 */
export function drawTrack(canvas, lane, window) {
  const { name, trace } = lane;
  const { pen, width, height, ink } = clearCanvas(canvas);
  const [first, end] = [
    trace.arrivals.first("at", window.from),
    trace.arrivals.first("at", window.to),
  ];
  const view = viewOf(window, { width, height, steps: STEPS[name], messages: end - first });
  const shown = thinned(trace.arrivals, first, end, view);
  const bodies = bodiesOf(trace.requests, view);
  const ticks = ticksOf(trace.arrivals, shown, view);

  fill(
    pen,
    ink.band,
    window.bands.map((band) => bandBox(band, view)),
  );
  fill(pen, ink.grid, seconds(view));
  fill(pen, ink.soft, bodies);
  fill(pen, ink.strong, bodies.flatMap(edges));
  stroke(pen, ink.strong, slopes(trace.arrivals, shown, view), 0.5);
  fill(pen, ink.strong, ticks);
  write(pen, ink.ink, LABEL, bandLabels(window.bands, view));
  drawMarks(pen, ink.bad, trace.arrivals, shown, view);
  if (missedSinceLoss(lane)) drawOpenGap(pen, ink.bad, trace.arrivals, view);
  if (window.chosen !== undefined) fill(pen, ink.ink, [[view.x(window.chosen) - 1, 0, 2, height]]);
}

/**
 * Returns one message of those at the same pixel, and every one with an error.
 * @param {View} view
 * @returns {number[]}
 */
function thinned(arrivals, first, end, { x }) {
  const shown = [];
  let last = -Infinity;
  for (let index = first; index < end; index += 1) {
    const at = x(arrivals.get(index, "at"));
    if (at - last < SPOT && arrivals.get(index, "kind") === FINE) continue;
    last = at;
    shown.push(index);
  }
  return shown;
}

/** @returns {View} */
function viewOf({ from, to }, { width, height, steps, messages }) {
  const room = (height - 2 * OVERHANG) / steps;
  const thick = Math.min(THICKEST, room - 2);
  return {
    from,
    to,
    width,
    height,
    thick,
    tick: Math.max(0.75, Math.min(1, CROWD / messages) * TICK),
    x: (at) => ((at - from) / (to - from)) * width,
    top: (step) => OVERHANG + (step % steps) * room + (room - thick) / 2,
  };
}

/** @param {View} view @returns {import("../../ui/canvas.js").Box[]} */
function seconds({ width, height }) {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => [
    Math.round((second / 10) * width),
    0,
    1,
    height,
  ]);
}

/**
 * @param {import("../fault-bands.js").FaultBand} band
 * @param {View} view
 * @returns {import("../../ui/canvas.js").Box}
 */
function bandBox({ start, end }, { x, height, to }) {
  // A momentary fault must still be visible.
  return [x(start), 0, Math.max(3, x(end ?? to) - x(start)), height];
}

/** @param {View} view @returns {import("../../ui/canvas.js").Box[]} */
function bodiesOf(requests, { from, to, x, top, thick }) {
  const boxes = [];
  for (let index = requests.length - 1; index >= 0; index -= 1) {
    const end = orNow(requests.get(index, "end"), to);
    if (end < from) break;
    const left = Math.max(-2, x(requests.get(index, "start")));
    boxes.push([left, top(requests.get(index, "step")), Math.max(1, x(end) - left), thick]);
  }
  return boxes;
}

/**
 * The left edge of a bar and its baseline.
 * @param {import("../../ui/canvas.js").Box} body
 * @returns {import("../../ui/canvas.js").Box[]}
 */
const edges = ([left, top, width, height]) => [
  [left, top, 1, height],
  [left, top + height - 1, width, 1],
];

/** The ticks of arrivals. @param {View} view @returns {import("../../ui/canvas.js").Box[]} */
function ticksOf(arrivals, shown, { x, top, thick, tick }) {
  return shown.map((index) => {
    const [left, step] = [x(arrivals.get(index, "at")) - tick / 2, arrivals.get(index, "step")];
    return [left, top(step) - OVERHANG, tick, thick + 2 * OVERHANG];
  });
}

/** The lines from sending to arrival: their slant is the latency. @param {View} view */
function slopes(arrivals, shown, { x, top }) {
  const twice = KINDS.indexOf("duplicate");
  return shown.flatMap((index) => {
    const sent = arrivals.get(index, "sent");
    if (Number.isNaN(sent) || arrivals.get(index, "kind") === twice) return [];
    return [
      [x(sent), 0, x(arrivals.get(index, "at")), top(arrivals.get(index, "step")) - OVERHANG],
    ];
  });
}
