// The guided minute: watch, past the knee, cut now, naive beside robust. Each step changes one
// thing in the lanes; the sentence says with measured figures what has just happened. No DOM.

import * as clock from "../shared/clock.js";
import { FAULT_SCENARIOS } from "../faults/scenarios.js";
import { aftermath, lastInterruption, missingNow } from "./aftermath.js";
import { LIMITS, kneeOf } from "../page/settings.js";
import * as say from "./sentences.js";

/** @typedef {"watch" | "knee" | "cut" | "naive"} Step */
/** @typedef {{ name: string, at: number, missing: Map<string, number>, companions: Map<string,
 *   number> }} Broken the latest fault, and what was missing before */

/** @type {Step[]} */
export const STEPS = ["watch", "knee", "cut", "naive"];

const SLOW = 2;
// One message per round trip keeps up with it, and a loss is soon visible.
const NAIVE_RATE = 5;
// Far enough above the knee for a visible effect.
const ABOVE = 4;
const WITHOUT_LINK = 100;
// A picture of both clients before the fault.
const BEFORE_MS = 2_000;
const POLL_MS = 100;
const OPENS_MS = 15_000;

/** Dispatches `change` when the step or the fault changes. */
export class Guide extends EventTarget {
  /** @type {Step} */
  step = "watch";
  /** @type {Broken | undefined} */
  broken;
  /**
   * The recording that is shown instead of services.
   * @type {{ has: (chapter: string) => boolean, jump: (chapter: string) => void,
   *   pace: (rate: number) => void } | undefined}
   */
  story;
  #attempt = 0;

  /**
   * @param {Pick<import("../page.js").Page, "store" | "link" | "knee" | "bands" | "runner" |
   *   "injector" | "companions">} page
   */
  constructor(page) {
    super();
    this.page = page;
  }

  /**
   * Takes a step.
   * @param {Step} step
   */
  async take(step) {
    if (this.story) return this.story.jump(step);
    const { store, companions, link } = this.page;
    const attempt = (this.#attempt += 1);
    if (step !== "naive") companions.close();
    this.enter(step);
    if (step === "watch") store.set({ rate: SLOW, clients: "robust" });
    if (step === "knee") store.set({ rate: above(link()), clients: "robust" });
    if (step === "cut") await this.break("cut");
    if (step === "naive") await this.#compare(() => attempt === this.#attempt);
  }

  /** Chooses how many messages a second are published. @param {number} rate */
  pace(rate) {
    if (this.story) this.story.pace(rate);
    else this.page.store.set({ rate });
  }

  /** Whether a step can be taken now. @param {Step} step */
  canTake(step) {
    const { store, runner, injector } = this.page;
    if (this.story) return this.story.has(step);
    const isFree = !store.suspended && !runner.running;
    if (step === "watch" || step === "knee") return isFree;
    // The compatibility endpoints only serve the channel main.
    return isFree && Boolean(injector) && (step === "cut" || store.settings.channel === "main");
  }

  /** Whether a fault can be injected now. @param {string} name */
  canBreak(name) {
    return this.story ? this.story.has(name) : this.canTake("cut");
  }

  /** Shows a step without acting, as a recording does. @param {Step} step */
  enter(step) {
    this.step = step;
    this.broken = undefined;
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Injects a fault into all lanes.
   * @param {string} name of a scenario
   */
  async break(name) {
    if (this.story) return this.story.jump(name);
    const scenario = scenarioNamed(name);
    if (!scenario || !this.page.injector) return;
    if (this.step !== "naive") this.enter("cut");
    this.broke(name, clock.now());
    await this.page.injector.begin(scenario);
  }

  /** Notes a fault that begins now. @param {string} name @param {number} at */
  broke(name, at) {
    const { lanes, companions } = this.page.store;
    this.broken = { name, at, missing: missingNow(lanes), companions: missingNow(companions) };
    this.dispatchEvent(new Event("change"));
  }

  /** @param {() => boolean} isCurrent */
  async #compare(isCurrent) {
    const { store, companions } = this.page;
    store.set({ rate: NAIVE_RATE, clients: "robust" });
    companions.open();
    const end = clock.now() + OPENS_MS;
    while (isCurrent() && !companions.areReady && clock.now() < end) await wait(POLL_MS);
    await wait(BEFORE_MS);
    if (isCurrent()) await this.break("cut");
  }

  /**
   * Returns what has just happened.
   * @param {number} now
   * @returns {string} empty while nothing was measured since the page was opened
   */
  sentence(now) {
    const { store, knee, link } = this.page;
    knee.choose(store.settings, link(), now);
    knee.interrupt(lastInterruption(this.page, now));
    const readings = knee.read(
      store.lanes.filter(({ isLive }) => isLive),
      now,
    );
    if (this.broken) return this.#afterFault(this.broken, now);
    if (this.step === "naive") return waiting(store);
    return this.#reading(readings);
  }

  /** @param {Broken} broken @param {number} now */
  #afterFault({ name, at, missing, companions }, now) {
    const { store } = this.page;
    const lasts = now < at + 1_000 * (scenarioNamed(name)?.seconds ?? 0);
    /** @param {import("./aftermath.js").Lane[]} lanes @param {Map<string, number>} before */
    const after = (lanes, before) =>
      lanes.map((lane) => aftermath(lane, at, before.get(lane.name) ?? 0));
    const lanes = after(store.lanes, missing);
    const words = store.companions.length
      ? say.naiveBesideRobust(lanes, after(store.companions, companions), lasts)
      : say.robust(lanes, lasts);
    return `${say.happened(name)} ${words}`;
  }

  /** @param {import("../lanes/knee.js").Knee["readings"]} readings */
  #reading({ below, above }) {
    const { store, link } = this.page;
    const { rate } = store.settings;
    const isAbove = rate > (kneeOf(link()) ?? Infinity);
    if (isAbove && above?.rate === rate) return say.pastTheKnee(above, link(), below);
    if (!isAbove && below?.rate === rate) return say.watched(below);
    return say.measuring(rate);
  }
}

/** @param {string} name */
const scenarioNamed = (name) => FAULT_SCENARIOS.find((scenario) => scenario.name === name);

/** @param {import("../page/store.js").Store} store */
function waiting({ companions }) {
  const open = companions.filter(({ sequence }) => sequence.count).length;
  return (
    "Each lane now has a naive client below the robust one. Every connection is cut once all " +
    `have received a message: ${open} of ${companions.length} so far.`
  );
}

/** @param {{ delay: number }} link */
const above = (link) =>
  Math.min(LIMITS.rate.max, Math.round(ABOVE * (kneeOf(link) ?? WITHOUT_LINK / ABOVE)));

/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
