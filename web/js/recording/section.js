// The recording: its section, and what replays it.

import { find, show } from "../ui/dom.js";
import * as clock from "../shared/clock.js";
import { TapePlayer } from "./tape-player.js";

// Replays the recording, and says so, when no service responds and the page's server did not name
// any.

/** Controls that need a service. */
const VAIN = [
  "#size, .bar [name=clients]",
  "[data-action=toggle]",
  "[data-form=composer] :is(input, select, button)",
  "[data-action=show], #choose [type=submit]",
  "[data-action=ask], [data-action=burn]",
  "[data-action=open], [data-action=sockets]",
].join();

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, page) {
  // A server that names services wants to see that one of them is down, not a recording.
  if (page.endpoints.fromServer) return;
  const { store } = page;
  // Loaded while the page still tries to connect.
  const loading = fetch("recorded.json")
    .then((response) => (response.ok ? response.json() : undefined))
    .catch(() => undefined);
  store.addEventListener("change", async function look() {
    if (!store.lanes.every(({ state, cursor }) => state === "retrying" && !cursor)) return;
    store.removeEventListener("change", look);
    const recording = await loading;
    if (!recording) return;
    new Story(page, recording).jump(recording.chapters[0].name);
    disable();
    page.runner.addEventListener("change", disable);
    for (const [field, text] of Object.entries(words(recording)))
      show(find(root, `[data-field="${field}"]`), text);
    root.hidden = false;
  });
}

function disable() {
  for (const control of document.querySelectorAll(VAIN)) control.toggleAttribute("disabled", true);
}

/** @param {Recording} recording */
function words({ place: { environment }, chapters }) {
  const { date, cpu, cores, commit, command } = environment;
  const where = `${command.at(-1)}, ${cpu}, ${cores} cores${commit ? `, commit ${commit}` : ""}`;
  const said =
    `A recording of ${date.slice(0, 10)}: no services run here. The steps, the rate and the ` +
    `faults beside the lanes jump within it.`;
  const [{ conditions }] = chapters;
  return { said, from: `${where}; ${conditions.link.delay_ms} ms in each direction.` };
}

// Replays a recorded story where no services exist, as on a static host: the lanes' events at their
// original pace, chapter by chapter in a loop, and the results of the experiments. Everything in it
// was observed once.

/**
 * @typedef {object} Chapter
 * @property {string} name  of a step of the guide, or of a fault's scenario
 * @property {import("../guide/guide.js").Step} step  of the guide that shows it
 * @property {{ rate: number, size: number, link: import("../results/run.js").Scenario["link"] }}
 *   conditions
 * @property {number} length  milliseconds
 * @property {[after: number, name: string][]} faults  that the guide noted, by their scenario
 * @property {Record<string, import("./tape-player.js").Event[]>} lanes  in time order
 * @property {Record<string, import("./tape-player.js").Event[]>} [companions]  naive clients
 *
 * @typedef {object} Recording  web/recorded.json
 * @property {{ environment: import("../results/run.js").Environment, warnings: string[] }} place
 * @property {Record<string, import("../experiments/experiment-runner.js").Result>} results
 * @property {Record<string, import("../faults/measurement.js").Result[][]>} matrix  runs of each
 *   fault, by scenario
 * @property {{ message: Record<string, import("../anatomy/dissect.js").Dissection>, openings:
 *   Record<string, import("../anatomy/dissect.js").Part[]> }} anatomy  one message in each lane
 * @property {Chapter[]} chapters
 */

// After a pause a chapter starts again.
const PAUSED_MS = 500;

/** Plays the chapters. Its names are what `jump` takes. */
export class Story {
  #playing = new AbortController();

  /**
   * @param {import("../page.js").Page} page
   * @param {Recording} recording
   */
  constructor(page, recording) {
    this.page = page;
    this.chapters = recording.chapters;
    for (const connection of page.connections.values()) connection.disconnect();
    // The requests that found no service are not part of the recording.
    for (const lane of page.store.lanes) lane.forgetRequests();
    page.runner.adopt(recording);
    page.guide.story = this;
  }

  /** @param {string} name */
  has(name) {
    return this.chapters.some((chapter) => chapter.name === name);
  }

  /** Plays from a chapter on. @param {string} name */
  jump(name) {
    const index = this.chapters.findIndex((chapter) => chapter.name === name);
    if (index >= 0) this.#play(index);
  }

  /**
   * Jumps to the chapter without a fault that was recorded at a higher or, for a lower rate than
   * now, a lower rate: the nearest.
   * @param {number} rate
   */
  pace(rate) {
    const { store } = this.page;
    const now = store.settings.rate;
    const distance = (/** @type {Chapter} */ { conditions }) => Math.abs(conditions.rate - rate);
    const [nearest] = this.chapters
      .filter(({ step }) => step === "watch" || step === "knee")
      .filter(({ conditions }) => Math.sign(conditions.rate - now) === Math.sign(rate - now))
      .sort((one, other) => distance(one) - distance(other));
    if (nearest) this.jump(nearest.name);
    // Without one, the controls show the rate of the recording again.
    else store.set({});
  }

  stop() {
    this.#playing.abort();
  }

  /** @param {number} index */
  #play(index) {
    this.stop();
    this.#playing = new AbortController();
    const { signal } = this.#playing;
    const chapter = this.chapters[index];
    const start = clock.now();
    this.#begin(chapter, start, signal);
    const end = () => this.#play((index + 1) % this.chapters.length);
    const wait = () => {
      if (signal.aborted) return;
      if (this.page.store.paused) {
        this.stop();
        this.#resume(index);
      } else if (clock.now() - start >= chapter.length) end();
      else setTimeout(wait, Math.min(PAUSED_MS, start + chapter.length - clock.now()));
    };
    wait();
  }

  /** Waits for the end of a pause. @param {number} index */
  #resume(index) {
    this.#playing = new AbortController();
    const { signal } = this.#playing;
    const wait = () => {
      if (signal.aborted) return;
      if (this.page.store.paused) setTimeout(wait, PAUSED_MS);
      else this.#play(index);
    };
    wait();
  }

  /** @param {Chapter} chapter @param {number} start @param {AbortSignal} signal */
  #begin({ step, conditions, faults, lanes, companions }, start, signal) {
    const { store, bands, guide } = this.page;
    bands.endAll(start);
    this.page.companions.close();
    store.show(settingsOf(conditions));
    const beside = companions ? this.page.companions.show() : [];
    guide.enter(step);
    for (const lane of store.lanes)
      new TapePlayer({ store, bands, lane }, lanes[lane.name] ?? []).play(start, signal);
    for (const lane of beside)
      new TapePlayer({ store, lane }, companions?.[lane.name] ?? []).play(start, signal);
    for (const [after, name] of faults)
      setTimeout(() => signal.aborted || guide.broke(name, start + after), after);
  }
}

/** @param {Chapter["conditions"]} conditions */
function settingsOf({ rate, size, link: { delay_ms, jitter_ms, bytes_per_second } }) {
  const bandwidth = bytes_per_second ? bytes_per_second * 8 : null;
  return { rate, size, link: { delay: delay_ms, jitter: jitter_ms, bandwidth } };
}
