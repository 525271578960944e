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

function inks(canvas) {
  const style = getComputedStyle(canvas);
  const named = (name) => style.getPropertyValue(name);
  return {
    strong: style.color,
    soft: named("--soft"),
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
