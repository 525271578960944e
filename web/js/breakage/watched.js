// The browser's own interfaces, watched: they do what they do, and tell when something failed. They end when the
// page is done with whoever uses them.

import { naive } from "./naive.js";

/**
 * @typedef {object} Hear
 * @property {() => void} trouble  what the code that runs could have noticed, whether or not it did anything about it
 * @property {(message: any) => void} message
 */

/**
 * @param {string} transport
 * @param {string} url
 * @param {Hear} hear
 * @returns {() => void} ends it
 */
export function runNaive(transport, url, hear) {
  const ending = new AbortController();
  const { signal } = ending;
  const platform = {
    fetch: watchedFetch(hear, signal),
    EventSource: watched(EventSource, "error", hear, signal),
    WebSocket: watched(WebSocket, "close", hear, signal),
  };
  naive[transport](platform, url, hear.message);
  return () => ending.abort();
}

function watchedFetch(hear, signal) {
  // A promise that fails and is caught by nobody ends the loop; one that never settles does too, and fills no console.
  const failed = () => {
    if (!signal.aborted) hear.trouble();
    return new Promise(() => {});
  };
  return async (url) => {
    const response = await fetch(url, { signal }).catch(failed);
    return { json: () => response.json().catch(failed) };
  };
}

/** @param {typeof EventSource | typeof WebSocket} Source @param {string} failure the event that says so */
function watched(Source, failure, hear, signal) {
  return class extends Source {
    /** @param {string} url */
    constructor(url) {
      super(url);
      signal.addEventListener("abort", () => this.close());
      this.addEventListener(failure, () => signal.aborted || hear.trouble());
    }
  };
}
