// A run in the format of `cargo lab bench --json` (docs/bench.schema.json), made of this page's
// results, or read from a file.

import { figures } from "./figures.js";

const FORMAT = 1;

/**
 * @typedef {{ experiment: string, transport: string, manner: string, measures: string, server:
 *   unknown, readers: number, load: Load, payload_bytes: number, seconds: number,
 *   warm_up_seconds: number, link: { delay_ms: number, jitter_ms: number, bytes_per_second?: number
 *   | null } }} Scenario
 * @typedef {{ "per-second": number } | { "in-flight": number }} Load
 * @typedef {{ scenario: Scenario, repetitions: import("./figures.js").Repetition[], figures:
 *   import("./figures.js").Figure[] }} Series
 * @typedef {{ date: string, cpu: string, cores: number, kernel: string, load_average?: number |
 *   null, commit?: string | null, dirty: boolean, rustc: string, optimised: boolean, command:
 *   string[], settings: object }} Environment
 * @typedef {{ format: number, environment: Environment, series: Series[], code: object[], warnings:
 *   string[] }} Run
 */

/** A warning for every run of a page. */
const OF_A_PAGE =
  "measured by a browser while it was drawing: latencies include its event loop, and CPU time " +
  "is unknown";

/**
 * @param {{ environment: Environment, warnings: string[] }} place
 * @param {{ scenario: Scenario, repetitions: import("./figures.js").Repetition[] }[]} measured
 * @returns {Run}
 */
export function runOf({ environment, warnings }, measured) {
  const series = measured.map(({ scenario, repetitions }) => ({
    scenario,
    repetitions,
    figures: figures(repetitions),
  }));
  return { format: FORMAT, environment, series, code: [], warnings: [...warnings, OF_A_PAGE] };
}

/**
 * @param {string} text
 * @returns {Run}
 * @throws {Error} with what is wrong in the file
 */
export function parseRun(text) {
  const run = json(text);
  if (run?.format !== FORMAT)
    throw new Error(
      `Expected a result of format ${FORMAT}, got "format": ${JSON.stringify(run?.format)}.`,
    );
  const wrong = [
    !Array.isArray(run.series) && `"series" is not a list`,
    typeof run.environment?.date !== "string" && `"environment" has no date`,
    !Array.isArray(run.environment?.command) && `"environment" has no command`,
    !Array.isArray(run.warnings) && `"warnings" is not a list`,
    ...(Array.isArray(run.series) ? run.series : []).map(wrongWith),
  ].filter(Boolean);
  if (wrong.length)
    throw new Error(`The file does not match docs/bench.schema.json: ${wrong.join("; ")}.`);
  return run;
}

/** @param {any} series of a file @param {number} index */
function wrongWith(series, index) {
  const { scenario, repetitions, figures } = series ?? {};
  const isNamed =
    scenario?.experiment &&
    [scenario.load, scenario.link].every((part) => part && typeof part === "object");
  const isWhole = isNamed && Array.isArray(repetitions) && Array.isArray(figures);
  return !isWhole && `series ${index + 1} lacks a complete scenario, repetitions or figures`;
}

/** @param {string} text @returns {any} */
function json(text) {
  try {
    return JSON.parse(text);
  } catch (/** @type {any} */ error) {
    throw new Error(`The file is not JSON: ${error.message}.`, { cause: error });
  }
}
