// The buttons of the matrix, and at most one running measurement.

import * as clock from "../shared/clock.js";
import { find, show } from "../ui/dom.js";
import { NAMES } from "../ui/format.js";
import { activeFaultsView } from "./active-faults.js";
import { Guesses, losesMessages, matrixRow } from "./matrix-row.js";
import { measure } from "./measurement.js";
import { FAULT_SCENARIOS } from "./scenarios.js";
import { mountStorm } from "./storm.js";

/**
 * @typedef {import("../page.js").Page} Page
 * @typedef {import("../gate/gate.js").Gate} Gate
 * @typedef {import("./scenarios.js").FaultInjector} Injector
 * @typedef {import("./scenarios.js").FaultScenario} FaultScenario
 * @typedef {ReturnType<typeof import("./matrix-row.js").matrixRow>} Row
 * @typedef {ReturnType<typeof import("./results.js").combine>} Results
 */

/**
 * @param {HTMLElement} root
 * @param {Page} page
 * @param {{ injector: Injector, gate: Gate }} faults
 */
export function mountPanel(root, page, { injector, gate }) {
  const { restarts } = page.endpoints;
  find(root, '[data-field="elsewhere"]').hidden = restarts;
  const offered = FAULT_SCENARIOS.filter(({ restart }) => !restart || restarts);
  const rows = new Map(
    offered.map(({ name }) => [name, matrixRow(find(root, `tr[data-scenario="${name}"]`))]),
  );
  new Panel(root, page, { offered, rows, injector, gate });
  mountStorm(find(root, ".storm"), page, gate);
}

class Panel {
  /** @type {AbortController | undefined} */
  #running;
  #guesses = new Guesses();

  /**
   * @param {HTMLElement} root
   * @param {Page} page
   * @param {{ offered: FaultScenario[], rows: Map<string, Row>, injector: Injector, gate: Gate }}
   *   parts
   */
  constructor(root, page, { offered, rows, injector, gate }) {
    this.root = root;
    this.page = page;
    this.rows = rows;
    this.injector = injector;
    this.gate = gate;
    this.progress = find(root, '[data-field="progress"]');
    this.all = find(root, '[data-action="run-all"]');
    this.where = find(root, '[name="where"]');
    this.times = find(root, '[name="runs"]');
    this.times.addEventListener("change", () => this.#show(false));
    for (const scenario of offered) this.#addListeners(scenario);
    this.all.addEventListener("click", () =>
      this.#running ? this.#running.abort() : this.#run(offered),
    );
    find(root, '[data-action="heal"]').addEventListener("click", () =>
      this.#try(() => injector.heal()),
    );
    for (const control of root.querySelectorAll(".toolbar [disabled]"))
      control.removeAttribute("disabled");
    // A running measurement shows its own status.
    this.broken = activeFaultsView(
      gate,
      rows,
      (/** @type {string} */ text) => this.#running || show(this.progress, text),
    );
    this.#show(false);
  }

  /** @param {FaultScenario} scenario */
  #addListeners(scenario) {
    const { breakNow, measureNow } = this.#row(scenario);
    breakNow.addEventListener("click", () => this.#try(() => this.#break(scenario)));
    measureNow.addEventListener("click", () => this.#running || this.#run([scenario]));
  }

  /** @param {FaultScenario} scenario */
  async #break(scenario) {
    const lane = this.where.value || undefined;
    const lasts = scenario.seconds ? `, for ${scenario.seconds} s` : "";
    show(
      this.progress,
      `${this.#row(scenario).title} on ${lane ? NAMES[lane] : "all lanes"}${lasts}. ` +
        `${this.broken() || "See the lanes."}`,
    );
    await this.injector.begin(scenario, lane);
    // Without the publisher's limit, so that the burst is one.
    if (scenario.burst) await this.#burst(scenario.name, scenario.burst);
  }

  /** @param {FaultScenario} scenario @returns {Row} */
  #row({ name }) {
    return /** @type {Row} */ (this.rows.get(name));
  }

  /**
   * Marks the first message of the burst, and the moment when all are accepted.
   * @param {string} name @param {number} burst
   */
  async #burst(name, burst) {
    const { bands, publisher, store } = this.page;
    const mark = () =>
      store.lanes.forEach((lane) => bands.mark(lane.name, name, clock.now(), clock.now()));
    mark();
    await Promise.all(Array.from({ length: burst }, () => publisher.send("")));
    mark();
  }

  /** @param {FaultScenario[]} scenarios */
  async #run(scenarios) {
    const { store, byteCounter, runner } = this.page;
    if (runner.running)
      return show(this.progress, `Wait for the running experiment: ${runner.running.title}.`);
    if (store.settings.channel !== "main")
      return show(
        this.progress,
        "The naive clients only read the channel main: switch to it to measure.",
      );
    if (store.suspended) return show(this.progress, "Wait until the reconnect storm is over.");
    const { signal } = (this.#running = new AbortController());
    this.#show(true);
    store.setSuspended(true);
    byteCounter.setSuspended(true);
    try {
      const times = Number(this.times.value);
      const runs = scenarios.flatMap((scenario) => Array.from({ length: times }, () => scenario));
      const latest = new Map();
      for (const [index, scenario] of runs.entries())
        latest.set(
          scenario,
          await this.#measure(scenario, `${index + 1} of ${runs.length}`, signal),
        );
      show(this.progress, findingOf([...latest.values()].flat()));
    } catch (/** @type {any} */ error) {
      show(this.progress, signal.aborted ? "Stopped." : error.message);
    } finally {
      await this.#try(() => this.injector.heal());
      await this.gate.refresh().catch(() => {});
      byteCounter.setSuspended(false);
      store.setSuspended(false);
      this.#running = undefined;
      this.#show(false);
    }
  }

  /** @param {FaultScenario} scenario @param {string} which @param {AbortSignal} signal */
  async #measure(scenario, which, signal) {
    const row = this.#row(scenario);
    show(this.progress, `${which}: ${row.title} …`);
    row.clear();
    const run = await measure(scenario, this.#setup(), signal);
    const results = this.page.faultResults.add(scenario.name, row.title, run);
    row.fill(results);
    if (row.guess.value) this.#judge(scenario, results);
    return results;
  }

  /** @param {FaultScenario} scenario @param {Results} results */
  #judge(scenario, results) {
    const row = this.#row(scenario);
    const { right, of } = this.#guesses.judge(scenario.name, row.guess.value, results);
    row.judged(`${right} of ${of} right`);
    const { tally } = this.#guesses;
    show(
      find(this.root, '[data-field="tally"]'),
      `Your guesses: ${tally.right} of ${tally.of} right.`,
    );
  }

  /** @returns {import("./measurement.js").MeasurementSetup} */
  #setup() {
    const { endpoints, publisher, store } = this.page;
    return {
      lanes: endpoints.lanes,
      services: endpoints.services,
      publish: (text) => publisher.send(text, { through: "auto" }),
      isOurs: (message) => message?.page === store.page,
      begin: (scenario) => this.injector.begin(scenario),
    };
  }

  /** @param {boolean} isRunning */
  #show(isRunning) {
    const minutes = this.times.value === "1" ? "2½" : "7½";
    show(this.all, isRunning ? "Stop" : `Measure all, ${minutes} minutes`);
    this.root.classList.toggle("running", isRunning);
    this.times.disabled = isRunning;
    for (const { breakNow, measureNow, guess } of this.rows.values())
      breakNow.disabled = measureNow.disabled = guess.disabled = isRunning;
  }

  /** @param {() => Promise<void>} act */
  async #try(act) {
    await act().catch((/** @type {any} */ error) =>
      show(this.progress, `Failed: ${error.message}`),
    );
  }
}

/**
 * Says how many clients missed messages.
 * @param {ReturnType<typeof import("./results.js").combine>} results
 */
function findingOf(results) {
  const lacking = (/** @type {string} */ kind) => {
    const known = results.filter((result) => result.kind === kind && result.outcome);
    const hurt = known.filter(({ outcome }) => outcome && losesMessages(outcome));
    return `${hurt.length} of ${known.length} ${kind} clients`;
  };
  return `Messages are missing at ${lacking("naive")}, and at ${lacking("robust")}.`;
}
