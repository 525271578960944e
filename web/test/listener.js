// A subscription that writes down what a transport reports, and the patience to wait until something is true.

import { transports } from "../js/transports/index.js";

/** Waits for a fact; the time limit is only there so that a broken test ends. */
export async function until(fact, what = fact.toString()) {
  const patience = Date.now() + 3_000;
  while (!fact()) {
    if (Date.now() > patience) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export function listen(name, service, options = {}) {
  const ending = new AbortController();
  const heard = { messages: [], states: [], resets: [], cursors: [], requests: 0, ended: 0 };
  const way = transports[name](
    {
      base: "http://service",
      channel: "main",
      signal: ending.signal,
      onMessage: ({ message }) => heard.messages.push(message),
      onCursor: (cursor) => heard.cursors.push(cursor),
      onReset: (reset) => heard.resets.push(reset),
      onState: (state, at, trouble) => heard.states.push({ state, ...trouble }),
      onRequest: () => (heard.requests += 1),
      onRequestEnd: () => (heard.ended += 1),
      ...options,
    },
    service.platform,
  );
  const is = (state) => until(() => heard.states.at(-1)?.state === state, `${name} is ${state}`);
  return { ...heard, heard, way, is, leave: () => ending.abort() };
}
