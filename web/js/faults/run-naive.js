// The browser's own interfaces, watched: they do what they do, and tell what happens. They end when the page is done with
// whoever uses them.

import { naive } from "./clients.js";

/**
 * @typedef {object} Callbacks
 * @property {(message: any) => void} message
 * @property {(isFinal: boolean) => void} trouble  what the code that runs could have noticed, whether or not it did anything
 *   about it; final if it never comes back from it
 * @property {() => void} [open]
 * @property {() => void} [request]     one leaves
 * @property {() => void} [requestEnd]  and its answer ends
 */

const nothing = () => {};

/**
 * @param {string} transport
 * @param {string} url
 * @param {Callbacks} hear
 * @returns {() => void} ends it
 */
export function runNaive(transport, url, hear) {
  const ending = new AbortController();
  const { signal } = ending;
  const told = { open: nothing, request: nothing, requestEnd: nothing, ...hear };
  const tell = Object.fromEntries(Object.entries(told).map(([name, act]) => [name, (...facts) => signal.aborted || act(...facts)]));
  const platform = {
    fetch: watchedFetch(tell, signal),
    EventSource: watched(EventSource, "error", tell, signal),
    WebSocket: watched(WebSocket, "close", tell, signal),
  };
  naive[transport](platform, url, tell.message);
  return () => ending.abort();
}

function watchedFetch(tell, signal) {
  // A promise that fails and is caught by nobody ends the loop; one that never settles does too, and fills no console.
  const failed = () => {
    tell.requestEnd();
    tell.trouble(true);
    return new Promise(nothing);
  };
  return async (url) => {
    tell.request();
    // Whoever waits for an answer is as open as long polling gets.
    tell.open();
    const response = await fetch(url, { signal }).catch(failed);
    return { json: () => response.json().then((data) => (tell.requestEnd(), data)).catch(failed) };
  };
}

/** @param {typeof EventSource | typeof WebSocket} Source @param {string} failure the event that says so */
function watched(Source, failure, tell, signal) {
  return class extends Source {
    /** @param {string} url */
    constructor(url) {
      tell.request();
      super(url);
      signal.addEventListener("abort", () => this.close());
      this.addEventListener("open", () => tell.open());
      this.addEventListener(failure, () => {
        tell.requestEnd();
        // Only an EventSource tries again, and not always.
        const isFinal = this.readyState !== Source.CONNECTING;
        if (!isFinal) tell.request();
        tell.trouble(isFinal);
      });
    }
  };
}
