// The names of what was broken, each once, at its band's beginning: below one another where bands lie over each other.

const ROW = 11;
const ROWS = 4;
/** Width of a name, about, in pixels: two names of moments that are near each other are not to lie over one another. */
const LETTER = 6;

/**
 * @param {import("../fault-bands.js").FaultBand[]} bands
 * @param {import("./track.js").View} view
 * @returns {{ text: string, left: number, top: number }[]}
 */
export function bandLabels(bands, { x, from, to }) {
  const ends = Array(ROWS).fill(-Infinity);
  const labels = [];
  for (const { name, start, end = to } of bands.filter(({ start, end = to }) => end >= from && start <= to)) {
    const [text, left] = [name.replaceAll("-", " "), Math.max(0, x(start)) + 4];
    const free = ends.findIndex((taken) => taken < left);
    const row = free < 0 ? ROWS - 1 : free;
    ends[row] = Math.max(x(end), left + LETTER * text.length);
    labels.push({ text, left, top: 1 + row * ROW });
  }
  return labels;
}
