// Drawing on the canvas of a lane: strokes and texts, the marks of errors, the names of faults.

import { KINDS } from "../trace.js";

// Marks of a lane's errors, by shape as well as by colour: a hatched box with a cross for missing
// messages, a double ring for a duplicate.

const HATCH = 5;
const CROSS = 4;
const RINGS = [3.5, 6.5];

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} colour
 * @param {import("../../shared/bounded.js").RingBuffer} arrivals
 * @param {number[]} shown
 * @param {import("./track.js").View} view
 */
export function drawMarks(pen, colour, arrivals, shown, view) {
  const kind = (/** @type {string} */ name) =>
    shown.filter((index) => KINDS[arrivals.get(index, "kind")] === name);
  pen.lineWidth = 1.5;
  for (const index of kind("gap")) drawGap(pen, colour, gapBefore(arrivals, index, view));
  for (const index of kind("duplicate"))
    drawRings(pen, colour, view.x(arrivals.get(index, "at")), view.height / 2);
  pen.lineWidth = 1;
}

/**
 * Marks the time since the last message as missing, up to the right edge.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} colour
 * @param {import("../../shared/bounded.js").RingBuffer} arrivals
 * @param {import("./track.js").View} view
 */
export function drawOpenGap(pen, colour, arrivals, { x, width, height }) {
  const last = arrivals.length - 1;
  const left = last < 0 ? 0 : Math.max(0, x(arrivals.get(last, "at")));
  if (left < width) drawGap(pen, colour, [left, 1, width - left, height - 2]);
}

/**
 * From the message before the gap to the one after it.
 * @param {import("../../shared/bounded.js").RingBuffer} arrivals
 * @param {number} index
 * @param {import("./track.js").View} view
 * @returns {Box}
 */
function gapBefore(arrivals, index, { x, height, from }) {
  const start = index ? arrivals.get(index - 1, "at") : from;
  const [left, right] = [Math.max(0, x(start)), x(arrivals.get(index, "at"))];
  return [left, 1, Math.max(2 * CROSS, right - left), height - 2];
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} colour
 * @param {Box} box
 */
function drawGap(pen, colour, [left, top, width, height]) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  const lines = Array.from(
    { length: Math.ceil((width + height) / HATCH) },
    (_, index) => left + index * HATCH,
  );
  stroke(
    pen,
    colour,
    lines.map((x) => [x, top, x - height, top + height]),
    0.45,
  );
  pen.restore();
  const [x, y] = [left + width / 2, top + height / 2];
  stroke(pen, colour, [
    [x - CROSS, y - CROSS, x + CROSS, y + CROSS],
    [x - CROSS, y + CROSS, x + CROSS, y - CROSS],
  ]);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} colour
 * @param {number} x @param {number} y
 */
function drawRings(pen, colour, x, y) {
  pen.strokeStyle = colour;
  for (const radius of RINGS) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
  }
}

// Places the names of faults at the start of their bands, one below the other where bands overlap.

const ROW = 11;
const ROWS = 4;
/** Approximate width of a letter in pixels, so that names of nearby moments do not overlap. */
const LETTER = 6;

/**
 * @param {import("../trace.js").FaultBand[]} bands
 * @param {import("./track.js").View} view
 * @returns {{ text: string, left: number, top: number }[]}
 */
export function bandLabels(bands, { x, from, to }) {
  const ends = Array(ROWS).fill(-Infinity);
  const labels = [];
  for (const { name, start, end = to } of bands.filter(
    ({ start, end = to }) => end >= from && start <= to,
  )) {
    const [text, left] = [name.replaceAll("-", " "), Math.max(0, x(start)) + 4];
    const free = ends.findIndex((taken) => taken < left);
    const row = free < 0 ? ROWS - 1 : free;
    ends[row] = Math.max(x(end), left + LETTER * text.length);
    labels.push({ text, left, top: 1 + row * ROW });
  }
  return labels;
}

// A sharp canvas with the colours of the style sheet, and batched drawing.

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {{ pen: CanvasRenderingContext2D, width: number, height: number, ink: Record<string,
 *   string> }}
 */
export function clearCanvas(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio || 1;
  const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  // Canvas pixels must match screen pixels, or lines blur.
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height, ink: inks(canvas) };
}

/** @param {HTMLCanvasElement} canvas */
function inks(canvas) {
  const style = getComputedStyle(canvas);
  const named = (/** @type {string} */ name) => style.getPropertyValue(name);
  return {
    strong: style.color,
    faint: named("--faint"),
    soft: named("--soft"),
    deep: named("--deep"),
    bad: named("--bad-ink"),
    grid: named("--grid"),
    band: named("--band"),
    ink: named("--chosen"),
  };
}

/**
 * Draws all boxes of one colour in one path: with hundreds of messages per second, single boxes
 * would be too slow.
 * @typedef {[left: number, top: number, width: number, height: number]} Box
 * @param {CanvasRenderingContext2D} pen @param {string} colour @param {Box[]} boxes
 */
export function fill(pen, colour, boxes) {
  pen.fillStyle = colour;
  pen.beginPath();
  for (const [left, top, width, height] of boxes) pen.rect(left, top, width, height);
  pen.fill();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} colour
 * @param {string} font
 * @param {{ text: string, left: number, top: number }[]} labels
 */
export function write(pen, colour, font, labels) {
  Object.assign(pen, { fillStyle: colour, font, textBaseline: "top" });
  for (const { text, left, top } of labels) pen.fillText(text, left, top);
}

/** @typedef {[fromX: number, fromY: number, toX: number, toY: number]} Line */

/** @param {CanvasRenderingContext2D} pen @param {string} colour @param {Line[]} lines */
export function stroke(pen, colour, lines, alpha = 1) {
  pen.strokeStyle = colour;
  pen.globalAlpha = alpha;
  pen.beginPath();
  for (const [fromX, fromY, toX, toY] of lines) {
    pen.moveTo(fromX, fromY);
    pen.lineTo(toX, toY);
  }
  pen.stroke();
  pen.globalAlpha = 1;
}
