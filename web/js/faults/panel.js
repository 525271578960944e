// The buttons of the matrix, and at most one running measurement.

import * as clock from "../clock.js";
import { find, show } from "../ui/dom.js";
import { NAMES } from "../ui/format.js";
import { activeFaultsView } from "./active-faults-view.js";
import { Guesses } from "./guesses.js";
import { measure } from "./measurement.js";

export class Panel {
  /** @type {AbortController | undefined} */
  #running;
  #guesses = new Guesses();

  constructor(root, page, { offered, rows, injector }) {
    Object.assign(this, { root, page, rows, injector });
    this.progress = find(root, '[data-field="progress"]');
    this.all = find(root, '[data-action="run-all"]');
    this.where = find(root, '[name="where"]');
    this.runAll = this.all.textContent;
    for (const scenario of offered) this.#addListeners(scenario);
    this.all.addEventListener("click", () =>
      this.#running ? this.#running.abort() : this.#run(offered),
    );
    find(root, '[data-action="heal"]').addEventListener("click", () =>
      this.#try(() => injector.heal()),
    );
    for (const control of root.querySelectorAll(".toolbar [disabled]")) control.disabled = false;
    // A running measurement shows its own status.
    this.broken = activeFaultsView(
      page.gate,
      rows,
      (text) => this.#running || show(this.progress, text),
    );
    this.#show(false);
  }

  #addListeners(scenario) {
    const { breakNow, measureNow } = this.rows.get(scenario.name);
    breakNow.addEventListener("click", () => this.#try(() => this.#break(scenario)));
    measureNow.addEventListener("click", () => this.#running || this.#run([scenario]));
  }

  async #break(scenario) {
    const lane = this.where.value || undefined;
    const lasts = scenario.seconds ? `, for ${scenario.seconds} s` : "";
    show(
      this.progress,
      `${this.rows.get(scenario.name).title} on ${lane ? NAMES[lane] : "all lanes"}${lasts}. ` +
        `${this.broken() || "See the lanes."}`,
    );
    await this.injector.begin(scenario, lane);
    // Without the publisher's limit, so that the burst is one.
    if (scenario.burst) await this.#burst(scenario);
  }

  /** Marks the first message of the burst, and the moment when all are accepted. */
  async #burst({ name, burst }) {
    const { bands, publisher, store } = this.page;
    const mark = () =>
      store.lanes.forEach((lane) => bands.mark(lane.name, name, clock.now(), clock.now()));
    mark();
    await Promise.all(Array.from({ length: burst }, () => publisher.send("")));
    mark();
  }

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
    this.#running = new AbortController();
    this.#show(true);
    store.setSuspended(true);
    byteCounter.setSuspended(true);
    try {
      for (const [index, scenario] of scenarios.entries())
        await this.#measure(scenario, `${index + 1} of ${scenarios.length}`);
      show(this.progress, "Measured.");
    } catch (/** @type {any} */ error) {
      show(this.progress, this.#running.signal.aborted ? "Stopped." : error.message);
    } finally {
      await this.#try(() => this.injector.heal());
      await this.page.gate.refresh().catch(() => {});
      byteCounter.setSuspended(false);
      store.setSuspended(false);
      this.#running = undefined;
      this.#show(false);
    }
  }

  async #measure(scenario, which) {
    const row = this.rows.get(scenario.name);
    show(this.progress, `${which}: ${row.title} …`);
    row.clear();
    const results = await measure(scenario, this.#setup(), this.#running.signal);
    row.fill(results);
    if (row.guess.value) this.#judge(scenario, results);
  }

  #judge({ name }, results) {
    const row = this.rows.get(name);
    const { right, of } = this.#guesses.judge(name, row.guess.value, results);
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

  #show(isRunning) {
    show(this.all, isRunning ? "Stop" : this.runAll);
    this.root.classList.toggle("running", isRunning);
    for (const { breakNow, measureNow, guess } of this.rows.values())
      breakNow.disabled = measureNow.disabled = guess.disabled = isRunning;
  }

  async #try(act) {
    await act().catch((/** @type {any} */ error) =>
      show(this.progress, `Failed: ${error.message}`),
    );
  }
}
