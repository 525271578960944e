// Marks of a lane's errors, by shape as well as by colour: a hatched box with a cross for missing
// messages, a double ring for a duplicate.

import { KINDS } from "../trace.js";
import { stroke } from "../../ui/canvas.js";

const HATCH = 5;
const CROSS = 4;
const RINGS = [3.5, 6.5];

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} colour
 * @param {import("../../shared/ring-buffer.js").RingBuffer} arrivals
 * @param {number[]} shown
 * @param {import("./track.js").View} view
 */
export function drawMarks(pen, colour, arrivals, shown, view) {
  const kind = (name) => shown.filter((index) => KINDS[arrivals.get(index, "kind")] === name);
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
 * @param {import("../../shared/ring-buffer.js").RingBuffer} arrivals
 * @param {import("./track.js").View} view
 */
export function drawOpenGap(pen, colour, arrivals, { x, width, height }) {
  const last = arrivals.length - 1;
  const left = last < 0 ? 0 : Math.max(0, x(arrivals.get(last, "at")));
  if (left < width) drawGap(pen, colour, [left, 1, width - left, height - 2]);
}

/**
 * From the message before the gap to the one after it.
 * @returns {import("../../ui/canvas.js").Box}
 */
function gapBefore(arrivals, index, { x, height, from }) {
  const start = index ? arrivals.get(index - 1, "at") : from;
  const [left, right] = [Math.max(0, x(start)), x(arrivals.get(index, "at"))];
  return [left, 1, Math.max(2 * CROSS, right - left), height - 2];
}

/** @param {CanvasRenderingContext2D} pen @param {import("../../ui/canvas.js").Box} box */
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

function drawRings(pen, colour, x, y) {
  pen.strokeStyle = colour;
  for (const radius of RINGS) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
  }
}
