// The visitor's guesses: which naive clients will lose messages. Judged after the measurement.

/** The possible guesses: none made, no client, or the lanes that lose messages. */
export const GUESSES = [
  "",
  "none",
  "longpoll",
  "sse",
  "ws",
  "longpoll sse",
  "longpoll ws",
  "sse ws",
  "longpoll sse ws",
];

export class Guesses {
  /**
   * @type {Map<string, { right: number, of: number }>} by scenario; a new guess replaces the old
   *   one
   */
  #judged = new Map();

  /**
   * @param {string} scenario
   * @param {string} guess one of `GUESSES` except the first
   * @param {import("./measurement.js").Result[]} results
   * @returns {{ right: number, of: number }} over the lanes whose naive client opened
   */
  judge(scenario, guess, results) {
    const naive = results.filter(({ kind, outcome }) => kind === "naive" && outcome);
    const right = naive.filter(
      ({ lane, outcome }) => guess.split(" ").includes(lane) === losesMessages(outcome),
    ).length;
    this.#judged.set(scenario, { right, of: naive.length });
    return { right, of: naive.length };
  }

  get tally() {
    const all = [...this.#judged.values()];
    return { right: sum(all.map(({ right }) => right)), of: sum(all.map(({ of }) => of)) };
  }
}

/** @param {import("./outcome.js").Outcome} outcome */
const losesMessages = ({ missing, verdict }) => missing > 0 && verdict !== "behind";

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
