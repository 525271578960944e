// Places the names of faults at the start of their bands, one below the other where bands overlap.

const ROW = 11;
const ROWS = 4;
/** Approximate width of a letter in pixels, so that names of nearby moments do not overlap. */
const LETTER = 6;

/**
 * @param {import("../fault-bands.js").FaultBand[]} bands
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
