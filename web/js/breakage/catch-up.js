// Bare polls share one position in the log, so one that begins is given first what nobody polled for before: up to all that
// is held, one message a round trip. A naive client is to be measured with what is published now; so the rest is fetched
// beforehand, from the service itself and not through the gate.

const AT_A_TIME = 4;

/**
 * @param {string} service
 * @param {() => Promise<(message: any) => boolean>} mark  publishes a message and says how to know it
 * @param {AbortSignal} signal
 */
export async function catchUp(service, mark, signal) {
  const isMark = await mark();
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  await Promise.all(Array.from({ length: AT_A_TIME }, drain));
  signal.throwIfAborted();

  async function drain() {
    while (!either.aborted) {
      const response = await fetch(`${service}/poll`, { signal: either }).catch(() => undefined);
      const data = await response?.json().catch(() => undefined);
      // Without an answer there is nothing to catch up with, and no reason to ask for ever.
      if (!data || isMark(data.message)) done.abort();
    }
  }
}
