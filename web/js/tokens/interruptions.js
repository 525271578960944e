// What happens to an answer when its page is loaded again, when a second tab opens it, and when it
// is stopped: in the middle, over one transport.

import * as clock from "../shared/clock.js";

/** Tokens of an answer, as in `lab bench tokens`. */
export const TOKENS = 100;
const HALF = TOKENS / 2;

/** @typedef {import("./answer.js").Answer} Answer */

/**
 * A tab is closed and opened again, with its cursor.
 * @param {Answer} answer
 * @returns {Promise<{ ms: number, lost: number, twice: number }>} milliseconds until the next token
 */
export async function refresh(answer) {
  const [figures] = await Promise.all([read(), answer.write(TOKENS)]);
  return figures;

  async function read() {
    const before = answer.read();
    await before.until(HALF);
    const at = clock.now();
    const again = answer.read(before.close());
    await again.until();
    const ms = again.arrivals[0]?.at - at;
    return { ms, ...count([before, again], TOKENS) };
  }
}

/**
 * Another tab is opened, without a cursor.
 * @param {Answer} answer
 * @returns {Promise<{ ms: number, lost: number }>} milliseconds until it is as far as the first was
 */
export async function secondTab(answer) {
  const [figures] = await Promise.all([read(), answer.write(TOKENS)]);
  return figures;

  async function read() {
    const first = answer.read();
    await first.until(HALF);
    const at = clock.now();
    const second = answer.read();
    await second.until(first.arrivals.length);
    const ms = clock.now() - at;
    await Promise.all([first.until(), second.until()]);
    return { ms, lost: count([second], TOKENS).lost };
  }
}

/**
 * The publisher ends the answer, and tries one more token. A second reader comes later.
 * @param {Answer} answer
 * @returns {Promise<{ ms: number, lost: number, lostLater: number, status: number }>} milliseconds
 *   until the reader was told, and the status of the token after the end
 */
export async function stop(answer) {
  const reader = answer.read();
  const [ended] = await Promise.all([answer.write(HALF), reader.until()]);
  const status = await answer.publish({ message: "more" }).then(
    () => 200,
    (/** @type {any} */ error) => error.status,
  );
  const later = answer.read();
  await later.until();
  const { lost } = count([reader], HALF);
  return { ms: (reader.ended ?? NaN) - ended, lost, lostLater: count([later], HALF).lost, status };
}

/**
 * Returns how many of the first tokens these readers do not have, and how many arrived more than
 * once.
 * @param {Pick<import("./answer.js").Reader, "arrivals">[]} readers
 * @param {number} tokens
 */
export function count(readers, tokens) {
  const numbers = readers.flatMap(({ arrivals }) => arrivals.map(({ n }) => n));
  const different = new Set(numbers);
  return { lost: tokens - different.size, twice: numbers.length - different.size };
}
