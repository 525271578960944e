// A connection of the client that writes down what it is told, and the patience to wait until something is true.

import { connect } from "../js/trilane.js";

/** Waits for a fact; the time limit is only there so that a broken test ends. */
export async function until(fact, what = fact.toString()) {
  const patience = Date.now() + 10_000;
  while (!fact()) {
    if (Date.now() > patience) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** @param {string | string[]} names */
export function observe(names, service, options = {}) {
  const transports = [names].flat();
  const connection = connect({ url: "http://service", transports, ...service.platform, ...options });
  const recorded = { messages: [], states: [], resets: [], cursors: [], errors: [], duplicates: 0, requests: 0, ended: 0 };
  const on = (type, act) => connection.addEventListener(type, ({ detail }) => act(detail));
  on("message", ({ message }) => recorded.messages.push(message));
  on("duplicate", () => (recorded.duplicates += 1));
  on("cursor", ({ cursor }) => recorded.cursors.push(cursor));
  on("reset", ({ after, oldest }) => recorded.resets.push({ after, oldest }));
  on("state", ({ state, transport, trouble }) => recorded.states.push({ state, transport, ...trouble }));
  on("error", (error) => recorded.errors.push(error));
  on("request", () => (recorded.requests += 1));
  on("requestend", () => (recorded.ended += 1));
  const is = (state, transport = transports[0]) => {
    const last = () => recorded.states.at(-1);
    return until(() => last()?.state === state && last().transport === transport, `${transport} is ${state}`);
  };
  return { ...recorded, recorded, connection, is, leave: () => connection.close() };
}

/** Resolves when everything has happened that waits for no timer. */
export async function settled() {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
}

/**
 * A clock that a test moves by hand, and the timers with it: `await pass(ms)`.
 * @param {import("node:test").TestContext} t
 */
export function clockwork(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let time = 0;
  t.mock.method(performance, "now", () => time);
  return async (ms) => {
    time += ms;
    t.mock.timers.tick(ms);
    await settled();
  };
}
