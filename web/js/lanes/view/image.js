// The timelines as one image, with the settings.

import { find } from "../../ui/dom.js";
import { NAMES } from "../../ui/format.js";

const EDGE = 12;
const TEXT = 20;

/** @param {import("../../page/store.js").Store} store @returns {Promise<Blob>} */
export function lanesPicture({ settings, lanes }) {
  const pictures = lanes.map(({ name }) => ({
    name,
    canvas: find(document, `[data-lane="${name}"] canvas`),
  }));
  const ratio = devicePixelRatio || 1;
  const width = Math.max(...pictures.map(({ canvas }) => canvas.width)) + 2 * EDGE * ratio;
  const height = pictures.reduce(
    (sum, { canvas }) => sum + canvas.height + TEXT * ratio,
    (2 * EDGE + TEXT) * ratio,
  );
  const image = Object.assign(document.createElement("canvas"), { width, height });
  const pen = image.getContext("2d");
  if (!pen) throw new Error("no canvas");
  const style = getComputedStyle(document.body);
  pen.fillStyle = style.backgroundColor;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = style.color;
  pen.font = `${13 * ratio}px ${style.fontFamily}`;
  let top = EDGE * ratio;
  for (const { name, canvas } of pictures) {
    pen.fillText(NAMES[name], EDGE * ratio, top + 14 * ratio);
    pen.drawImage(canvas, EDGE * ratio, top + TEXT * ratio);
    top += canvas.height + TEXT * ratio;
  }
  pen.fillText(
    `10 seconds, ${settings.rate} messages per second of ${settings.size} bytes, ` +
      `${new Date().toISOString()}`,
    EDGE * ratio,
    top + 14 * ratio,
  );
  return new Promise((resolve, reject) =>
    image.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/png"),
  );
}
