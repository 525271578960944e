// Draws one lane of the last ten seconds: requests as bars, messages as ticks, only from times that were observed. The
// same code draws all lanes: the staircase is what polling does, not how it is drawn.

import { SPAN_MS } from "../trace.js";

// Requests that follow one another go down a step each; a stream has the whole height, and seldom a second request.
const STEPS = { longpoll: 4, sse: 1, ws: 1 };
const THICKEST = 14;
const TICK = 3;
const OVERHANG = 3;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("../lane.js").Lane} lane
 * @param {number} now
 */
export function drawTrack(canvas, { name, trace }, now) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const pen = fitted(canvas, width, height);
  const view = { pen, now, ink: inks(canvas), bar: bars(height, STEPS[name]), x: (at) => width - ((now - at) / SPAN_MS) * width };
  pen.clearRect(0, 0, width, height);
  drawSeconds(view, width, height);
  for (const span of trace.spans) drawSpan(view, span);
  for (const arrival of trace.arrivals) drawArrival(view, arrival, stepAt(trace.spans, arrival.at));
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

function drawSeconds({ pen, ink }, width, height) {
  pen.fillStyle = ink.grid;
  for (let second = 1; second < 10; second += 1) pen.fillRect(Math.round((second / 10) * width), 0, 1, height);
}

/** @param {any} view @param {import("../trace.js").Span} span */
function drawSpan({ pen, x, bar, ink, now }, { step, start, end }) {
  const left = Math.max(-2, x(start));
  const wide = Math.max(1, x(end ?? now) - left);
  const top = bar.top(step);
  pen.fillStyle = ink.soft;
  pen.fillRect(left, top, wide, bar.thick);
  pen.fillStyle = ink.strong;
  pen.fillRect(left, top, 1, bar.thick);
  pen.fillRect(left, top + bar.thick - 1, wide, 1);
}

/**
 * A tick where the message came in, and a line from when it was sent: what leans is latency.
 * @param {any} view
 * @param {import("../trace.js").Arrival} arrival
 * @param {number} step
 */
function drawArrival({ pen, x, bar, ink }, { at, sent, verdict }, step) {
  const top = bar.top(step) - OVERHANG;
  const tall = bar.thick + 2 * OVERHANG;
  pen.fillStyle = pen.strokeStyle = verdict === "next" || verdict === "new log" ? ink.strong : ink.bad;
  if (sent) lean(pen, x(sent), x(at), top);
  pen.fillRect(x(at) - TICK / 2, top, TICK, tall);
  if (verdict === "duplicate") pen.strokeRect(x(at) - 4.5, top - 2, 9, tall + 4);
}

function lean(pen, from, to, bottom) {
  pen.globalAlpha = 0.5;
  pen.beginPath();
  pen.moveTo(from, 0);
  pen.lineTo(to, bottom);
  pen.stroke();
  pen.globalAlpha = 1;
}

/** The request that a message came with: the last that had left by then. */
function stepAt(spans, at) {
  return spans.findLast((span) => span.start <= at)?.step ?? 0;
}
