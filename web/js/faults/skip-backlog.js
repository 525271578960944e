// Reads the backlog of the compatibility endpoint `/poll`, whose clients share one cursor. A new
// client would first receive everything that nobody polled for, one message per round trip. The
// naive client should show what is published now, so the backlog is read beforehand, from the
// service itself and not through the gate.

// The number of connections that a browser opens to one origin.
const AT_A_TIME = 6;
// Retained messages are returned at once.
const RESPONSE_TIMEOUT_MS = 250;
const OLD_MS = 1_000;

/** @param {string} service @param {AbortSignal} signal */
export async function skipBacklog(service, signal) {
  await Promise.all(Array.from({ length: AT_A_TIME }, drain));
  signal.throwIfAborted();

  async function drain() {
    for (let isBehind = true; isBehind;) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(RESPONSE_TIMEOUT_MS)]);
      // An aborted poll consumes no message.
      const data = await fetch(`${service}/poll`, { signal: limit })
        .then((response) => response.json())
        .catch(() => undefined);
      isBehind = data !== undefined && Date.now() - data.time > OLD_MS;
    }
  }
}
