// What is known about a failure, whatever it happened to: the service's own words if there are any, and what follows.

import { retryAfter } from "./backoff.js";

/**
 * @typedef {object} Trouble
 * @property {number} [status]
 * @property {string} [type]  of the service's problem
 * @property {string} [detail]
 * @property {number} [retryAfter]  milliseconds the service asked us to wait
 * @property {number} [retryAt]  when it is tried again
 * @property {boolean} [final]  trying again would not help: what was asked is wrong or forbidden
 * @property {boolean} [impossible]  this platform cannot do it, whatever the service says
 * @property {boolean} [late]  it did not open in time
 * @property {boolean} [silent]  it seemed open and was dead
 */

// What the next attempt would ask again and be refused again. A 404 is not among them: a proxy may know no such path
// while another transport gets through.
const FINAL = [400, 401, 403];

/** An error that carries what is known. @param {Trouble} trouble */
export const failure = (trouble) => Object.assign(new Error(trouble.detail), trouble);

/** @param {Response} response @returns {Promise<Trouble>} */
export async function refusal(response) {
  // Without a problem it is not one of our services: a proxy's error page.
  const { type, detail } = await response.json().catch(() => ({}));
  const { status } = response;
  return { status, type, detail, retryAfter: retryAfter(response), final: FINAL.includes(status) && type !== undefined };
}

/**
 * Only what was found out on purpose; the platform's words for "it did not work" differ and tell nobody anything.
 * @param {any} error
 * @returns {Trouble}
 */
export function troubleOf(error) {
  const { status, type, detail, retryAfter, final, impossible, late, silent } = error;
  const known = { status, type, detail, retryAfter, final, impossible, late, silent };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value));
}
