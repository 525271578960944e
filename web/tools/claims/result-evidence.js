// The evidence of a result file of `lab bench`. A figure that was not measured ends the rule: a
// document states only what is decided by everything that its rule asks for.

import { mean } from "../../js/results/bootstrap.js";
import { comparePaired } from "../../js/results/compare.js";
import { estimate, metricNamed, TOO_FEW } from "../../js/results/figures.js";
import { meets, TOPICS } from "../../js/claims/conditions.js";

/** @typedef {import("../../js/claims/conditions.js").Condition} Condition */
/** @typedef {import("../../js/results/run.js").Series} Series */
/** @typedef {import("../../js/claims/rules.js").Evidence} Evidence */
/** @typedef {import("../../js/claims/rules.js").Verdict} Verdict */
/** @typedef {(evidence: ResultEvidence) => Verdict | undefined} Rule  also of what no page has */

/** Why a claim cannot be decided. */
export class Absent extends Error {}

const notMeasured = () => new Absent("This result does not contain the deciding measurement.");
const tooFew = () => new Absent("This result has too few samples to decide it.");

/**
 * Records which series and facts were used, so that each verdict names its sources.
 * @implements {Evidence}
 */
export class ResultEvidence {
  // The first and the last operation may differ from the others.
  counts = { one: /** @type {[number, number]} */ ([0.9, 1.1]), none: 0.05 };
  /** @type {Set<Series>} */
  #series = new Set();
  /** @type {Map<string, number>} repetitions by topic */
  #topics = new Map();

  /** @param {any} run */
  constructor(run) {
    this.run = run;
    this.workers = run.environment.settings.workers;
  }

  /** @param {Condition} condition @param {string} name */
  figure = (condition, name) => {
    const series = this.#find(condition);
    const known = series.figures.find((figure) => figure.name === name);
    if (known) return known.estimate;
    throw isTooFew(series, name) ? tooFew() : notMeasured();
  };

  /** @param {Condition} first @param {Condition} second @param {string} name */
  compare(first, second, name) {
    const [one, other] = [this.#find(first), this.#find(second)];
    const found = comparePaired(name, one.repetitions, other.repetitions);
    if (found) return found;
    throw [one, other].some((series) => isTooFew(series, name)) ? tooFew() : notMeasured();
  }

  /** @param {Condition} condition @param {string} name of a count of a repetition */
  events = (condition, name) =>
    this.#find(condition).repetitions.reduce((sum, repetition) => sum + repetition[name], 0);

  fact(topic, subject, figure) {
    const found = (this.run.facts ?? []).find(
      (fact) => fact.topic === topic && fact.subject === subject && fact.figure === figure,
    );
    if (!found) throw notMeasured();
    this.#topics.set(topic, found.values.length);
    return mean(found.values);
  }

  code = (transport) => {
    const found = this.run.code.find((code) => code.transport === transport);
    if (!found) throw notMeasured();
    return found;
  };

  observed = () => undefined;
  say() {}
  also() {}

  /** What was used, by experiment. @returns {[string, Series[]][]} */
  get experiments() {
    const names = [...new Set([...this.#series].map(({ scenario }) => scenario.experiment))];
    return names.map((name) => [
      name,
      [...this.#series].filter(({ scenario }) => scenario.experiment === name),
    ]);
  }

  /**
   * The facts that were used, with the subcommand of `lab bench` that measures them.
   * @returns {{ command: string, title: string, n: number }[]}
   */
  get topics() {
    const commandOf = (title) => {
      const topic = Object.entries(TOPICS).find(([, known]) => known === title);
      return topic ? `processes --only ${topic[0]}` : "collapse";
    };
    return [...this.#topics].map(([title, n]) => ({ command: commandOf(title), title, n }));
  }

  #find(condition) {
    const found = this.run.series.find(({ scenario }) => meets(condition, scenario));
    if (!found) throw notMeasured();
    this.#series.add(found);
    return found;
  }
}

const isTooFew = ({ repetitions }, name) => estimate(metricNamed(name), repetitions) === TOO_FEW;
