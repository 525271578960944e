// A result to take along: as text, as a table, and as a picture of the lanes.

import { count, headingOf, sectionsOf } from "./tables.js";
import { CHOICES, lengthOf, withInterval } from "./labels.js";
import { find } from "../ui/dom.js";
import { NAMES } from "../ui/format.js";

// A run as Markdown, CSV and JSON. The JSON is the run itself, for `cargo lab bench` and for this
// page.

/** @param {import("./run.js").Run} run */
export const asJson = (run) => `${JSON.stringify(run, null, 2)}\n`;

/** @param {import("./run.js").Run} run */
export function asMarkdown(run) {
  const line = (/** @type {string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  /** @param {import("./tables.js").Section} section */
  const part = ({ title, conditions, headings, rows, wordColumns }) => {
    const rules = headings.map((_, index) => (index < wordColumns ? "---" : "---:"));
    const rule = `|${rules.join("|")}|`;
    return [`### ${title}`, "", conditions, "", line(headings), rule, ...rows.map(line), ""];
  };
  const facts = environmentOf(run).flatMap(([name, values]) =>
    values.map((value) => `- ${name}: ${value}`),
  );
  return [...sectionsOf(run).flatMap(part), ...facts, ""].join("\n");
}

/** Formats CSV (RFC 4180). @param {import("./run.js").Run} run */
export function asCsv(run) {
  const quoted = (/** @type {string} */ cell) =>
    /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return wholeTable(run)
    .map((cells) => `${cells.map(quoted).join(",")}\r\n`)
    .join("");
}

// A run as one table of plain texts, for programs: a row for each series, with its scenario and all
// figures.

/**
 * Returns the headings, then the rows.
 * @param {import("./run.js").Run} run
 * @returns {string[][]} headings, then rows
 */
function wholeTable({ series }) {
  const units = new Map(
    series.flatMap(({ figures }) =>
      figures.map(({ name, unit }) => /** @type {[string, string]} */ ([name, unit])),
    ),
  );
  const headings = [
    "experiment",
    ...CHOICES.map(([name]) => name),
    "measured for",
    "n",
    ...[...units].map(([name, unit]) => headingOf(name, unit)),
  ];
  /** @param {import("./run.js").Series} one */
  const row = ({ scenario, repetitions, figures }) => {
    const found = new Map(figures.map(({ name, estimate }) => [name, withInterval(estimate)]));
    return [
      scenario.experiment,
      ...CHOICES.map(([, describe]) => describe(scenario)),
      lengthOf(scenario),
      String(count({ repetitions })),
      ...[...units.keys()].map((name) => found.get(name) ?? "–"),
    ];
  };
  return [headings, ...series.map(row)];
}

/**
 * Returns the environment, without which no figure has a meaning.
 * @param {import("./run.js").Run} run
 * @returns {[string, string[]][]} what a figure is worth nothing without
 */
export function environmentOf({ environment: at, warnings }) {
  const commit = at.commit ? `${at.commit}${at.dirty ? ", with changes" : ""}` : "unknown";
  const load =
    at.load_average === undefined || at.load_average === null ? "unknown" : String(at.load_average);
  /** @type {[string, string[]][]} */
  const facts = [
    ["Date", [at.date]],
    ["Processor", [`${at.cpu}, ${at.cores} cores`]],
    ["Kernel", [at.kernel]],
    ["Load average at the start", [load]],
    ["Commit", [commit]],
    ["Compiler", [`${at.rustc}${at.optimised ? "" : ", not optimised"}`]],
    ["Command", [at.command.join(" ")]],
    ["Warning", warnings],
  ];
  return facts.filter(([, values]) => values.length);
}

// The timelines as one image, with the settings.

const EDGE = 12;
const TEXT = 20;

/**
 * @param {import("../page/store.js").Store} store
 * @param {number} span of the timelines, milliseconds
 * @returns {Promise<Blob>}
 */
export function lanesPicture({ settings, lanes }, span) {
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
    `${span / 1000} seconds, ${settings.rate} messages per second of ${settings.size} bytes, ` +
      `${new Date().toISOString()}`,
    EDGE * ratio,
    top + 14 * ratio,
  );
  return new Promise((resolve, reject) =>
    image.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/png"),
  );
}
