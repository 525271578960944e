// Interrupts an answer over all transports at once, and says what happened, in measured figures.

import { list } from "../guide/sentences.js";
import { IN_SENTENCE as NAMES, milliseconds } from "../ui/format.js";
import { Answer } from "./answer.js";
import { TOKENS, refresh, secondTab, stop } from "./interruptions.js";

/**
 * @typedef {Record<string, number>} Figures  of one transport
 * @typedef {Record<string, Figures>} ByLane
 */

const MIDDLE = `In the middle of an answer of ${TOKENS} tokens`;

/**
 * @typedef {object} Interruption
 * @property {(answer: Answer) => Promise<Figures>} measure
 * @property {(lanes: ByLane) => string} say
 */

/** @type {Record<string, Interruption>} */
const INTERRUPTIONS = {
  refresh: {
    measure: refresh,
    say: (lanes) =>
      `${MIDDLE}, its reader was closed, and opened again with its cursor. The next token ` +
      `arrived after ${times(lanes)}. ${lost(lanes)} ` +
      counted(lanes, "twice", "No token came twice.", "Tokens that came twice"),
  },
  second: {
    measure: secondTab,
    say: (lanes) =>
      `${MIDDLE}, a second reader was opened. It began with the first token, and was as far as ` +
      `the first reader after ${times(lanes)}. ${lost(lanes)}`,
  },
  stop: {
    measure: stop,
    say: (lanes) =>
      `After ${TOKENS / 2} tokens the publisher ended the answer. Its readers were told after ` +
      `${times(lanes)}. ${lost(lanes)} ${refused(lanes)} A reader that came later: ` +
      counted(lanes, "lostLater", "it got all tokens and the end.", "tokens lost"),
  },
};

export class Interrupter {
  #answers = 0;

  /** @param {Pick<import("../page.js").Page, "store" | "byteCounter">} page */
  constructor({ store, byteCounter }) {
    this.store = store;
    this.byteCounter = byteCounter;
  }

  /**
   * The steady messages are suspended meanwhile, and the gate's counters not read.
   * @param {string} name of the interruption
   * @param {Partial<import("../trilane/options.js").Given>} [platform] replaces the browser's own
   * @returns {Promise<string>} what happened
   */
  async run(name, platform) {
    const { store, byteCounter } = this;
    const { measure, say } = INTERRUPTIONS[name];
    store.setSuspended(true);
    byteCounter.setSuspended(true);
    const channel = `answer-${store.page}-${(this.#answers += 1)}`;
    /** @type {(lane: import("../lanes/lane.js").Lane) => Promise<[string, Figures]>} */
    const of = async (lane) => {
      // Services may share a broker: each transport has its own answer.
      const answer = new Answer(lane, `${channel}-${lane.name}`, platform);
      return [lane.name, await measure(answer)];
    };
    try {
      return say(Object.fromEntries(await Promise.all(store.lanes.map(of))));
    } catch (/** @type {any} */ error) {
      return `No figures: ${error.message}`;
    } finally {
      byteCounter.setSuspended(false);
      store.setSuspended(false);
    }
  }
}

/** @param {ByLane} lanes */
const times = (lanes) =>
  list(Object.entries(lanes).map(([name, { ms }]) => `${milliseconds(ms)} (${NAMES[name]})`));

/** @param {ByLane} lanes */
const lost = (lanes) => counted(lanes, "lost", "No token was lost.", "Tokens lost");

/** @param {ByLane} lanes @param {string} figure @param {string} none @param {string} some */
function counted(lanes, figure, none, some) {
  const counts = Object.entries(lanes).filter(([, figures]) => figures[figure]);
  const texts = counts.map(([name, figures]) => `${figures[figure]} (${NAMES[name]})`);
  return texts.length ? `${some}: ${list(texts)}.` : none;
}

/** @param {ByLane} lanes */
function refused(lanes) {
  const statuses = Object.entries(lanes).map(([name, { status }]) => ({ name, status }));
  const isSame = statuses.every(({ status }) => status === statuses[0].status);
  const texts = statuses.map(({ name, status }) => `${status} (${NAMES[name]})`);
  return `One more token got status ${isSame ? statuses[0].status : list(texts)}.`;
}
