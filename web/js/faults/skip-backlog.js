// Bare polls share one position in the log, so one that begins is given first what nobody polled for before: up to all that
// is held, one message a round trip. A naive client is to be seen with what is published now; so the rest is fetched
// beforehand, from the service itself and not through the gate.

// As many connections as a browser opens to one origin.
const AT_A_TIME = 6;
// What is held is answered at once.
const RESPONSE_TIMEOUT_MS = 250;
const OLD_MS = 1_000;

/** @param {string} service @param {AbortSignal} signal */
export async function skipBacklog(service, signal) {
  await Promise.all(Array.from({ length: AT_A_TIME }, drain));
  signal.throwIfAborted();

  async function drain() {
    for (let isBehind = true; isBehind; ) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(RESPONSE_TIMEOUT_MS)]);
      // Whoever leaves a bare poll takes nothing with it.
      const data = await fetch(`${service}/poll`, { signal: limit }).then((response) => response.json()).catch(() => undefined);
      isBehind = data !== undefined && Date.now() - data.time > OLD_MS;
    }
  }
}
