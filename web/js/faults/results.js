// The results of the matrix: the latest runs of each row, what they come to, and their file.

/** The best first. */
const RANK = ["whole", "late", "behind", "lost", "dead"];
const FORMAT = "trilane-faults-1";
/** One run shows what can happen; three, whether it does so each time. */
const MAX_RUNS = 3;

/**
 * @typedef {import("./measurement.js").Result} Result
 * @typedef {import("./outcome.js").Outcome & { runs: number, of: number }} Combined  the worst
 *   outcome, and in how many runs it was seen
 * @typedef {{ fault: string, title: string, runs: Result[][] }} Row
 * @typedef {{ format: string, browser: string, date: string, rows: Row[] }} Matrix
 */

/** Dispatches `change`. */
export class FaultResults extends EventTarget {
  /** @type {Map<string, Row>} by scenario */
  #rows = new Map();
  /** @type {Matrix | undefined} of another browser */
  other;

  /** @param {string} browser */
  constructor(browser) {
    super();
    this.browser = browser;
  }

  /** @param {string} fault @param {string} title @param {Result[]} run */
  add(fault, title, run) {
    const runs = [...(this.#rows.get(fault)?.runs ?? []), run].slice(-MAX_RUNS);
    this.#rows.set(fault, { fault, title, runs });
    this.dispatchEvent(new Event("change"));
    return combine(runs);
  }

  /** @returns {Matrix} */
  own(date = new Date()) {
    const rows = [...this.#rows.values()];
    return { format: FORMAT, browser: this.browser, date: date.toISOString().slice(0, 10), rows };
  }

  /** Shows the results of another browser. @param {Omit<Matrix, "format">} matrix */
  show(matrix) {
    this.other = { format: FORMAT, ...matrix };
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Opens the file of another browser.
   * @param {string} text
   * @returns {boolean} false if it is another kind of file
   */
  open(text) {
    const matrix = parse(text);
    if (!matrix) return false;
    this.other = matrix;
    this.dispatchEvent(new Event("change"));
    return true;
  }
}

/** @param {string} text @returns {Matrix | undefined} */
function parse(text) {
  try {
    const matrix = JSON.parse(text);
    return matrix?.format === FORMAT && Array.isArray(matrix.rows) ? matrix : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the worst outcome of each client. Without an outcome, it never opened.
 * @param {Result[][]} runs
 * @returns {{ lane: string, kind: "naive" | "robust", outcome?: Combined }[]}
 */
export const combine = (runs) =>
  runs[0].map(({ lane, kind }, index) => {
    const known = runs.flatMap((run) => run[index].outcome ?? []);
    const rank = Math.max(...known.map(({ verdict }) => RANK.indexOf(verdict)));
    const worst = known.filter(({ verdict }) => verdict === RANK[rank]);
    const latest = worst.at(-1);
    return {
      lane,
      kind,
      outcome: latest && { ...latest, runs: worst.length, of: runs.length },
    };
  });
