// Break it: a row for each breakage, with buttons that break and that measure, and what was measured in the matrix.

import { BREAKAGES } from "../breakage/faults.js";
import { Breaker } from "../breakage/breaker.js";
import { Guesses } from "../breakage/guess.js";
import { measure } from "../breakage/run.js";
import * as clock from "../clock.js";
import { brokenView } from "../views/broken.js";
import { find, show } from "../views/dom.js";
import { NAMES } from "../views/format.js";
import { matrixRow } from "../views/matrix.js";
import { sources } from "../views/sources.js";
import { mountStorm } from "./storm.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, page) {
  const { gate, places, bands } = page;
  sources(find(root, '[data-field="sources"]'));
  if (!gate) return show(find(root, '[data-field="progress"]'), "Faults need the gate, and this page has none.");
  find(root, '[data-field="elsewhere"]').hidden = places.restarts;
  const offered = BREAKAGES.filter(({ restart }) => !restart || places.restarts);
  const rows = new Map(offered.map(({ name }) => [name, matrixRow(find(root, `tr[data-breakage="${name}"]`))]));
  new Panel(root, page, { offered, rows, breaker: new Breaker(gate, (...band) => bands.mark(...band)) });
  mountStorm(find(root, ".storm"), page);
}

/** The buttons, and the one measurement that may be under way. */
class Panel {
  /** @type {AbortController | undefined} */
  #running;
  #guesses = new Guesses();

  constructor(root, page, { offered, rows, breaker }) {
    Object.assign(this, { root, page, rows, breaker });
    this.progress = find(root, '[data-field="progress"]');
    this.all = find(root, '[data-action="run-all"]');
    this.where = find(root, '[name="where"]');
    this.runAll = this.all.textContent;
    for (const breakage of offered) this.#wire(breakage);
    this.all.addEventListener("click", () => (this.#running ? this.#running.abort() : this.#run(offered)));
    find(root, '[data-action="mend"]').addEventListener("click", () => this.#try(() => breaker.mend()));
    for (const control of root.querySelectorAll(".act [disabled]")) control.disabled = false;
    // A measurement has its own words.
    this.broken = brokenView(page.gate, rows, (text) => this.#running || show(this.progress, text));
    this.#show(false);
  }

  #wire(breakage) {
    const { breakNow, measureNow } = this.rows.get(breakage.name);
    breakNow.addEventListener("click", () => this.#try(() => this.#break(breakage)));
    measureNow.addEventListener("click", () => this.#running || this.#run([breakage]));
  }

  async #break(breakage) {
    const lane = this.where.value || undefined;
    const lasts = breakage.seconds ? `, for ${breakage.seconds} s` : "";
    show(this.progress, `${this.rows.get(breakage.name).title} on ${lane ? NAMES[lane] : "all lanes"}${lasts}. ${this.broken() || "See the lanes."}`);
    await this.breaker.begin(breakage, lane);
    // Without the sender's limit: a burst is to be felt.
    if (breakage.burst) await this.#burst(breakage);
  }

  /** Marked before and after: what it does to the lanes begins with its first message. */
  async #burst({ name, burst }) {
    const { bands, sender, store } = this.page;
    const mark = () => store.lanes.forEach((lane) => bands.mark(lane.name, name, clock.now(), clock.now()));
    mark();
    await Promise.all(Array.from({ length: burst }, () => sender.send("")));
    mark();
  }

  async #run(breakages) {
    const { store, wire, laboratory } = this.page;
    if (laboratory.running) return show(this.progress, `Wait for the running experiment: ${laboratory.running.title}.`);
    if (store.settings.channel !== "main") return show(this.progress, "The naive clients only read the channel main: switch to it to measure.");
    if (store.rests) return show(this.progress, "Wait until the reconnect storm is over.");
    this.#running = new AbortController();
    this.#show(true);
    store.rest(true);
    wire.rest(true);
    try {
      for (const [index, breakage] of breakages.entries()) await this.#measure(breakage, `${index + 1} of ${breakages.length}`);
      show(this.progress, "Measured.");
    } catch (/** @type {any} */ error) {
      show(this.progress, this.#running.signal.aborted ? "Stopped." : error.message);
    } finally {
      await this.#try(() => this.breaker.mend());
      await this.page.gate.refresh().catch(() => {});
      wire.rest(false);
      store.rest(false);
      this.#running = undefined;
      this.#show(false);
    }
  }

  async #measure(breakage, which) {
    const row = this.rows.get(breakage.name);
    show(this.progress, `${which}: ${row.title} …`);
    row.clear();
    const results = await measure(breakage, this.#world(), this.#running.signal);
    row.fill(results);
    if (row.guess.value) this.#judge(breakage, results);
  }

  #judge({ name }, results) {
    const row = this.rows.get(name);
    const { right, of } = this.#guesses.judge(name, row.guess.value, results);
    row.judged(`${right} of ${of} right`);
    const { tally } = this.#guesses;
    show(find(this.root, '[data-field="tally"]'), `Your guesses: ${tally.right} of ${tally.of} right.`);
  }

  /** @returns {import("../breakage/run.js").World} */
  #world() {
    const { places, sender, store } = this.page;
    return {
      lanes: places.lanes,
      services: places.services,
      publish: (text) => sender.send(text, { through: "auto" }),
      isOurs: (message) => message?.page === store.page,
      begin: (breakage) => this.breaker.begin(breakage),
    };
  }

  #show(isRunning) {
    show(this.all, isRunning ? "Stop" : this.runAll);
    this.root.classList.toggle("running", isRunning);
    for (const { breakNow, measureNow, guess } of this.rows.values()) breakNow.disabled = measureNow.disabled = guess.disabled = isRunning;
  }

  async #try(act) {
    await act().catch((/** @type {any} */ error) => show(this.progress, `Failed: ${error.message}`));
  }
}
