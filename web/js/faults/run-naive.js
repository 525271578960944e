// Runs a naive client with observed versions of the browser's interfaces. They behave like the
// originals, report what happens, and end when the page ends them.

import { naive } from "./clients.js";

/**
 * @typedef {object} Callbacks
 * @property {(message: any) => void} message
 * @property {(isFinal: boolean) => void} trouble  called for what the client's code could have
 *   noticed; final if the
 * client never recovers from it
 * @property {() => void} [open]
 * @property {() => void} [request]  a request is sent
 * @property {() => void} [requestEnd]  its response ends
 */

const nothing = () => {};

/**
 * @param {string} transport
 * @param {string} url
 * @param {Callbacks} callbacks
 * @returns {() => void} ends it
 */
export function runNaive(transport, url, callbacks) {
  const ending = new AbortController();
  const { signal } = ending;
  const all = { open: nothing, request: nothing, requestEnd: nothing, ...callbacks };
  const report = Object.fromEntries(
    Object.entries(all).map(([name, act]) => [name, (...facts) => signal.aborted || act(...facts)]),
  );
  const platform = {
    fetch: observedFetch(report, signal),
    EventSource: observed(EventSource, "error", report, signal),
    WebSocket: observed(WebSocket, "close", report, signal),
  };
  naive[transport](platform, url, report.message);
  return () => ending.abort();
}

function observedFetch(report, signal) {
  // A rejected promise would end the loop, too, but also write to the console; one that never
  // settles only ends the loop.
  const failed = () => {
    report.requestEnd();
    report.trouble(true);
    return new Promise(nothing);
  };
  return async (url) => {
    report.request();
    // A pending poll is as open as long polling gets.
    report.open();
    const response = await fetch(url, { signal }).catch(failed);
    return {
      json: () =>
        response
          .json()
          .then((data) => (report.requestEnd(), data))
          .catch(failed),
    };
  };
}

/**
 * @param {typeof EventSource | typeof WebSocket} Source
 * @param {string} failure name of the event that reports a failure
 */
function observed(Source, failure, report, signal) {
  return class extends Source {
    /** @param {string} url */
    constructor(url) {
      report.request();
      super(url);
      signal.addEventListener("abort", () => this.close());
      this.addEventListener("open", () => report.open());
      this.addEventListener(failure, () => {
        report.requestEnd();
        // Only an EventSource reconnects, and not always.
        const isFinal = this.readyState !== Source.CONNECTING;
        if (!isFinal) report.request();
        report.trouble(isFinal);
      });
    }
  };
}
