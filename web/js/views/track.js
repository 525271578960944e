// Draws one lane of the last ten seconds: requests as bars, messages as ticks, only from times that were observed. The
// same code draws all lanes: the staircase is what polling does, not how it is drawn.

import { SPAN_MS } from "../trace.js";

// Requests that follow one another go down a step each; a stream has the whole height, and seldom a second request.
const STEPS = { longpoll: 4, sse: 1, ws: 1 };
const THICKEST = 14;
const TICK = 3;
// Ticks of more messages than this in a picture would run into each other, so they get thinner.
const CROWD = 250;
const OVERHANG = 3;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("../lane.js").Lane} lane
 * @param {number} now
 */
export function drawTrack(canvas, { name, trace }, now) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const pen = fitted(canvas, width, height);
  const ink = inks(canvas);
  const tickWidth = Math.max(0.75, Math.min(1, CROWD / trace.arrivals.length) * TICK);
  const view = { now, tickWidth, bar: bars(height, STEPS[name]), x: (at) => width - ((now - at) / SPAN_MS) * width };
  const fine = trace.arrivals.filter(({ fault }) => !fault);
  const faulty = trace.arrivals.filter(({ fault }) => fault);

  pen.clearRect(0, 0, width, height);
  fill(pen, ink.grid, secondLines(width, height));
  fill(pen, ink.soft, trace.spans.map((span) => body(span, view)));
  fill(pen, ink.strong, trace.spans.flatMap((span) => edges(body(span, view))));
  lean(pen, ink.strong, fine, view);
  fill(pen, ink.strong, fine.map((arrival) => tick(arrival, view)));
  fill(pen, ink.bad, faulty.map((arrival) => tick(arrival, view, 2 * TICK)));
}

/** Canvas pixels follow the screen's, or lines blur. */
function fitted(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}

function inks(canvas) {
  const style = getComputedStyle(canvas);
  const named = (name) => style.getPropertyValue(name);
  return { strong: style.color, soft: named("--soft"), bad: named("--bad-ink"), grid: named("--grid") };
}

function bars(height, steps) {
  const room = (height - 2 * OVERHANG) / steps;
  const thick = Math.min(THICKEST, room - 2);
  return { thick, top: (step) => OVERHANG + (step % steps) * room + (room - thick) / 2 };
}

// Everything is boxes; all of one colour are filled at once, or hundreds of messages a second would be felt.

/** @typedef {[left: number, top: number, width: number, height: number]} Box */

const secondLines = (width, height) => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => [Math.round((second / 10) * width), 0, 1, height]);

/** @param {import("../trace.js").Span} span @param {any} view @returns {Box} */
function body({ step, start, end }, { x, bar, now }) {
  const left = Math.max(-2, x(start));
  return [left, bar.top(step), Math.max(1, x(end ?? now) - left), bar.thick];
}

/** Where a request left, and how long it lasted. @param {Box} body @returns {Box[]} */
const edges = ([left, top, width, height]) => [
  [left, top, 1, height],
  [left, top + height - 1, width, 1],
];

/** Where a message came in. @param {import("../trace.js").Arrival} arrival @param {any} view @returns {Box} */
function tick({ at, step }, { x, bar, tickWidth }, width = tickWidth) {
  return [x(at) - width / 2, bar.top(step) - OVERHANG, width, bar.thick + 2 * OVERHANG];
}

function fill(pen, colour, boxes) {
  pen.fillStyle = colour;
  pen.beginPath();
  for (const [left, top, width, height] of boxes) pen.rect(left, top, width, height);
  pen.fill();
}

/** From when a message was sent to when it came in: what leans is latency. */
function lean(pen, colour, arrivals, { x, bar }) {
  pen.strokeStyle = colour;
  pen.globalAlpha = 0.5;
  pen.beginPath();
  for (const { at, sent, step } of arrivals) {
    if (sent === undefined) continue;
    pen.moveTo(x(sent), 0);
    pen.lineTo(x(at), bar.top(step) - OVERHANG);
  }
  pen.stroke();
  pen.globalAlpha = 1;
}
