// Runs a naive client with observed versions of the browser's interfaces. They behave like the originals, report what
// happens, and end when the page ends them.

import { naive } from "./clients.js";

/**
 * @typedef {object} Callbacks
 * @property {(message: any) => void} message
 * @property {(isFinal: boolean) => void} trouble  called for what the client's code could have noticed; final if the
 * client never recovers from it
 * @property {() => void} [open]
 * @property {() => void} [request]  a request is sent
 * @property {() => void} [requestEnd]  its response ends
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
  // A rejected promise would end the loop, too, but also write to the console; one that never settles only ends the
  // loop.
  const failed = () => {
    tell.requestEnd();
    tell.trouble(true);
    return new Promise(nothing);
  };
  return async (url) => {
    tell.request();
    // A pending poll is as open as long polling gets.
    tell.open();
    const response = await fetch(url, { signal }).catch(failed);
    return { json: () => response.json().then((data) => (tell.requestEnd(), data)).catch(failed) };
  };
}

/** @param {typeof EventSource | typeof WebSocket} Source @param {string} failure name of the event that reports a failure */
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
        // Only an EventSource reconnects, and not always.
        const isFinal = this.readyState !== Source.CONNECTING;
        if (!isFinal) tell.request();
        tell.trouble(isFinal);
      });
    }
  };
}
