// Draws one lane from observed times: requests as bars, messages as ticks, errors on top. All lanes
// use the same code: the staircase is what polling does, not how it is drawn.

import { missedSinceLoss } from "../sequence.js";
import { KINDS, orNow } from "../trace.js";
import { bandLabels, clearCanvas, drawMarks, drawOpenGap, fill, stroke, write } from "./marks.js";

// Successive requests are drawn on four steps; a stream has one step and rarely a second request.
const STEPS = { longpoll: 4, sse: 1, ws: 1 };
// Lower steps would be too thin to see.
const LOWEST_STEP = 9;
const THICKEST = 14;
const THICKEST_STREAM = 22;
// The height in which messages lean from their sending to their arrival: the same latency has the
// same slant in every lane and on every step.
const LEAN = 16;
const LARGEST_LEAN = 0.3;
const TICK = 3;
// With more messages than this in view, ticks would merge, so they get thinner.
const CROWD = 250;
const OVERHANG = 3;
const LABEL = "11px system-ui, sans-serif";
// The names of faults would cover the messages of a strip as low as this.
const LOW = 24;
// Pixels.
const SPOT = 1;
const FINE = KINDS.indexOf("next");
const TWICE = KINDS.indexOf("duplicate");

/**
 * @typedef {import("../../shared/bounded.js").RingBuffer} RingBuffer
 * @typedef {import("./marks.js").Box} Box
 * @typedef {import("./marks.js").Line} Line
 *
 * @typedef {object} View
 * @property {number} from  time at the left edge
 * @property {number} to  time at the right edge
 * @property {(at: number) => number} x
 * @property {(step: number) => number} top  top of a request's bar
 * @property {number} lean  height in which the lines from sending to arrival lean
 * @property {number} thick
 * @property {number} tick
 * @property {number} width
 * @property {number} height
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("../lane.js").Lane} lane
 * @param {{ from: number, to: number, bands: import("../trace.js").FaultBand[], chosen?:
 *   number }} window
 */
export function drawTrack(canvas, lane, window) {
  const { name, trace } = lane;
  const { pen, width, height, ink } = clearCanvas(canvas);
  const [first, end] = trace.arrivals.range("at", window.from, window.to);
  const view = viewOf(window, { width, height, steps: STEPS[name], messages: end - first });
  const shown = thinned(trace.arrivals, first, end, view);
  const { held, up, down, whole } = bodiesOf(trace.requests, view);
  const ticks = ticksOf(trace.arrivals, shown, view);

  fill(
    pen,
    ink.band,
    window.bands.map((band) => bandBox(band, view)),
  );
  fill(pen, ink.grid, tenths(view));
  fill(pen, ink.faint, up);
  fill(pen, ink.soft, held);
  fill(pen, ink.deep, down);
  fill(pen, ink.strong, whole.flatMap(edges));
  stroke(pen, ink.strong, slopes(trace.arrivals, first, end, view), 0.5);
  fill(pen, ink.soft, stems(trace.arrivals, shown, view));
  fill(pen, ink.strong, ticks);
  if (height > LOW) write(pen, ink.ink, LABEL, bandLabels(window.bands, view));
  drawMarks(pen, ink.bad, trace.arrivals, shown, view);
  if (missedSinceLoss(lane)) drawOpenGap(pen, ink.bad, trace.arrivals, view);
  if (window.chosen !== undefined) fill(pen, ink.ink, [[view.x(window.chosen) - 1, 0, 2, height]]);
}

/**
 * Returns one message of those at the same pixel, and every one with an error.
 * @param {RingBuffer} arrivals
 * @param {number} first
 * @param {number} end
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

/**
 * @param {{ from: number, to: number }} window
 * @param {{ width: number, height: number, steps: number, messages: number }} drawn
 * @returns {View}
 */
function viewOf({ from, to }, { width, height, steps: most, messages }) {
  const lean = Math.round(Math.min(LEAN, LARGEST_LEAN * height));
  const room = height - lean - 2 * OVERHANG;
  const steps = Math.max(1, Math.min(most, Math.floor(room / LOWEST_STEP)));
  const each = room / steps;
  const thick = Math.min(steps > 1 ? THICKEST : THICKEST_STREAM, each - 2);
  return {
    from,
    to,
    width,
    height,
    lean,
    thick,
    tick: Math.max(0.75, Math.min(1, CROWD / messages) * TICK),
    x: (at) => ((at - from) / (to - from)) * width,
    // The ticks of the first step begin where the slopes end.
    top: (step) => lean + OVERHANG + (step % steps) * each,
  };
}

/** @param {View} view @returns {import("./marks.js").Box[]} */
function tenths({ width, height }) {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) => [
    Math.round((tenth / 10) * width),
    0,
    1,
    height,
  ]);
}

/**
 * @param {import("../trace.js").FaultBand} band
 * @param {View} view
 * @returns {import("./marks.js").Box}
 */
function bandBox({ start, end }, { x, height, to }) {
  // A momentary fault must still be visible.
  return [x(start), 0, Math.max(3, x(end ?? to) - x(start)), height];
}

/**
 * The bars of requests, and their parts: on its way to the service, held there, and the response on
 * its way. What the gate has not reported yet counts as held.
 * @param {RingBuffer} requests
 * @param {View} view
 * @returns {Record<"whole" | "up" | "held" | "down", Box[]>}
 */
function bodiesOf(requests, { from, to, x, top, thick }) {
  /** @type {ReturnType<typeof bodiesOf>} */
  const boxes = { whole: [], up: [], held: [], down: [] };
  for (let index = requests.length - 1; index >= 0; index -= 1) {
    const end = orNow(requests.get(index, "end"), to);
    if (end < from) break;
    const row = top(requests.get(index, "step"));
    const left = Math.max(-2, x(requests.get(index, "start")));
    const right = Math.max(left + 1, x(end));
    const arrived = between(left, x(requests.get(index, "arrived")), right) ?? left;
    const answered = between(arrived, x(requests.get(index, "answered")), right) ?? right;
    boxes.whole.push([left, row, right - left, thick]);
    if (arrived > left) boxes.up.push([left, row, arrived - left, thick]);
    if (answered > arrived) boxes.held.push([arrived, row, answered - arrived, thick]);
    if (right > answered) boxes.down.push([answered, row, right - answered, thick]);
  }
  return boxes;
}

/**
 * @param {number} low @param {number} value @param {number} high
 * @returns {number | undefined} undefined if `value` is NaN
 */
const between = (low, value, high) =>
  Number.isNaN(value) ? undefined : Math.min(high, Math.max(low, value));

/**
 * The left edge of a bar and its baseline.
 * @param {import("./marks.js").Box} body
 * @returns {import("./marks.js").Box[]}
 */
const edges = ([left, top, width, height]) => [
  [left, top, 1, height],
  [left, top + height - 1, width, 1],
];

/**
 * The ticks of arrivals.
 * @param {RingBuffer} arrivals
 * @param {number[]} shown
 * @param {View} view
 * @returns {Box[]}
 */
function ticksOf(arrivals, shown, { x, top, thick, tick }) {
  return shown.map((index) => {
    const [left, step] = [x(arrivals.get(index, "at")) - tick / 2, arrivals.get(index, "step")];
    return [left, top(step) - OVERHANG, tick, thick + 2 * OVERHANG];
  });
}

/**
 * The lines from sending to arrival: their slant is the latency. All of a batch, unless they start
 * at the same pixel.
 * @param {RingBuffer} arrivals
 * @param {number} first
 * @param {number} end
 * @param {Pick<View, "x" | "lean">} view
 * @returns {import("./marks.js").Line[]}
 */
export function slopes(arrivals, first, end, { x, lean }) {
  /** @type {Line[]} */
  const lines = [];
  let [lastSent, lastAt] = [-Infinity, -Infinity];
  for (let index = first; index < end; index += 1) {
    const [sent, at] = [x(arrivals.get(index, "sent")), x(arrivals.get(index, "at"))];
    const isSame = sent - lastSent < SPOT && at - lastAt < SPOT;
    if (Number.isNaN(sent) || isSame || arrivals.get(index, "kind") === TWICE) continue;
    [lastSent, lastAt] = [sent, at];
    lines.push([sent, 0, at, lean]);
  }
  return lines;
}

/**
 * The lines from the end of a slope down to a tick on a lower step.
 * @param {RingBuffer} arrivals
 * @param {number[]} shown
 * @param {View} view
 * @returns {import("./marks.js").Box[]}
 */
function stems(arrivals, shown, { x, top, lean }) {
  return shown.flatMap((index) => {
    const length = top(arrivals.get(index, "step")) - OVERHANG - lean;
    const isOwn = !Number.isNaN(arrivals.get(index, "sent"));
    return length > 0 && isOwn ? [[x(arrivals.get(index, "at")) - 0.5, lean, 1, length]] : [];
  });
}
