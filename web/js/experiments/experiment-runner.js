// Runs one experiment at a time, keeps its results, and restores the settings afterwards. Draws
// nothing.

import * as clock from "../shared/clock.js";
import { reading, repetition } from "../results/histogram.js";
import { settled } from "../lanes/page-publisher.js";
import { EXPERIMENTS } from "./list.js";
import { scenarioOf, wireOf } from "./steady.js";

// Further repetitions of one scenario add little; the oldest is dropped.
const MAX_REPETITIONS = 10;
const BESIDE = new Set(["upstream", "opening"]);

/**
 * @typedef {{ scenario: import("../results/run.js").Scenario, repetitions:
 *   import("../results/figures.js").Repetition[] }} Measured
 * @typedef {object} Result
 * @property {number} at  milliseconds since 1970
 * @property {Record<string, Measured>} [lanes]  by transport, or by variant
 * @property {any} [facts]  results that are not repetitions
 *
 * @typedef {object} Context  what an experiment receives
 * @property {Omit<import("../page.js").Page, "runner" | "guide">} page
 * @property {import("./list.js").Experiment & { name: string }} experiment
 * @property {AbortSignal} signal
 */

/** Dispatches `change` when an experiment begins or ends. */
export class ExperimentRunner extends EventTarget {
  /** @type {Map<string, Result>} */
  results = new Map();
  /** @type {{ name: string, title: string, until: number } | undefined} the running experiment */
  running;
  /**
   * @type {import("../recording/section.js").Recording["place"] | undefined} where recorded results
   *   come from, undefined for own results
   */
  place;
  /**
   * @type {import("../recording/section.js").Recording["matrix"] | undefined} the outcomes of a
   *   recording
   */
  matrix;
  /**
   * @type {import("../recording/section.js").Recording["anatomy"] | undefined} the bytes of a
   *   recorded message
   */
  anatomy;
  /** @type {string | undefined} name of the latest experiment */
  latest;
  /** @type {string | undefined} why the latest experiment has no result */
  failure;
  /** @type {string | undefined} id of the claim that the latest experiment was started for */
  asked;
  /**
   * @type {Record<string, import("../results/histogram.js").Reading> | undefined} counters when
   *   all lanes had settled
   */
  #start;
  #ending = new AbortController();

  /** @param {Context["page"]} page */
  constructor(page) {
    super();
    this.page = page;
    page.store.addEventListener(
      "change",
      () => (this.#start ??= settled(page.store.lanes) ? this.#read() : undefined),
    );
  }

  /** Returns the counters since the page started as if that were one experiment. */
  sinceStart() {
    const { page } = this;
    const now = this.#read();
    const lanes = Object.entries(this.#start ?? now).map(([name, start]) => {
      const scenario = scenarioOf(page, { name: "so-far", seconds: 0 }, name);
      return [name, { scenario, repetitions: [repetition(start, now[name])] }];
    });
    return { lanes: Object.fromEntries(lanes) };
  }

  #read() {
    const { store, gate } = this.page;
    const at = clock.now();
    return Object.fromEntries(
      store.lanes.map((lane) => [lane.name, reading(lane, at, wireOf(gate, lane.name))]),
    );
  }

  /**
   * @param {string} name
   * @param {Partial<import("./list.js").Experiment>} [changes]
   * @param {string} [asked] id of the claim that it is started for
   */
  async run(name, changes = {}, asked) {
    if (this.running || this.page.store.recorded) return;
    this.asked = asked;
    if (this.page.store.suspended) return this.#fail("a fault is active; wait until it has healed");
    // Messages that the experiment sends beside the lanes must not count as theirs.
    this.page.byteCounter?.setSuspended(BESIDE.has(name));
    const experiment = { ...EXPERIMENTS[name], ...changes, name };
    this.#ending = new AbortController();
    this.#begin(experiment);
    const restore = this.#arrange(experiment);
    try {
      const result = await perform({
        page: this.page,
        experiment,
        signal: this.#ending.signal,
      });
      this.results.set(name, merged(this.results.get(name), { at: clock.now(), ...result }));
    } catch (/** @type {any} */ error) {
      this.failure = `${experiment.title}: ${error.message}`;
    } finally {
      restore();
      this.page.byteCounter?.setSuspended(false);
      this.running = undefined;
      this.dispatchEvent(new Event("change"));
    }
  }

  /**
   * Takes over the results of a recording.
   * @param {import("../recording/section.js").Recording} recording
   */
  adopt({ results, place, matrix, anatomy }) {
    Object.assign(this, { place, matrix, anatomy });
    for (const [name, result] of Object.entries(results)) this.results.set(name, result);
    this.dispatchEvent(new Event("change"));
  }

  stop() {
    this.#ending.abort(new Error("stopped"));
  }

  /** @param {string} why */
  #fail(why) {
    this.failure = why;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Context["experiment"]} experiment */
  #begin({ name, title, seconds }) {
    this.latest = name;
    this.running = { name, title, until: clock.now() + seconds * 1000 };
    this.failure = undefined;
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Changes the settings for an experiment.
   * @param {Context["experiment"]} experiment
   * @returns {() => void} that puts back what was changed
   */
  #arrange({ settings, link }) {
    const { store, gate } = this.page;
    const { settings: before, paused } = store;
    const { rate, size, through } = before;
    const reach = gate && link ? { link } : {};
    if (settings || link)
      store.set({ size: settings?.size ?? size, through: "auto", clients: "robust", ...reach });
    if (paused) store.pause(false);
    return () => {
      if (store.settings !== before)
        store.set({ rate, size, through, ...(gate && link && { link: before.link ?? gate.link }) });
      if (paused) store.pause(true);
    };
  }
}

/**
 * Adds repetitions under the same conditions; other conditions start a new series.
 * @param {Result | undefined} before @param {Result} now @returns {Result}
 */
function merged(before, now) {
  const earlier = before?.lanes;
  if (!earlier || !now.lanes) return now;
  const lanes = Object.entries(now.lanes).map(([name, { scenario, repetitions }]) => {
    const known = earlier[name];
    const isSame = JSON.stringify(known?.scenario) === JSON.stringify(scenario);
    const all = isSame ? [...known.repetitions, ...repetitions] : repetitions;
    return [name, { scenario, repetitions: all.slice(-MAX_REPETITIONS) }];
  });
  return { ...now, lanes: Object.fromEntries(lanes) };
}

/** @param {Context} context @returns {Promise<Partial<Result>>} */
async function perform(context) {
  const { kind } = context.experiment;
  if (kind === "support") return support();
  // Loaded now, since most visitors of a hosted page run no other experiment.
  const { KINDS } = await import("./kinds.js");
  return KINDS[kind](context);
}

/** Looks for the browser features that the three transports need. */
function support() {
  const has = (/** @type {string} */ name) => typeof Reflect.get(globalThis, name) === "function";
  const facts = {
    longpoll: has("fetch"),
    sse: has("EventSource"),
    ws: has("WebSocket"),
    webTransport: has("WebTransport"),
  };
  return { facts };
}
