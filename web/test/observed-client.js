// A connection of the client that records its events. It is closed after the test, also after a
// failed one, whose timers would otherwise keep the process alive.

import { afterEach } from "node:test";
import { connect } from "../js/trilane.js";
import { until } from "./virtual-clock.js";

/** @type {import("../js/trilane/connect.js").Connection[]} */
const connections = [];

afterEach(() => connections.splice(0).forEach((connection) => connection.close()));

/**
 * @typedef {{ state: string, transport: string } & Partial<
 *   import("../js/trilane/events.js").ConnectionError>} State  with what caused it
 */

/** @param {string | string[]} names */
export function observe(names, service, options = {}) {
  const transports = [names].flat();
  const connection = connect({
    url: "http://service",
    transports,
    ...service.platform,
    ...options,
  });
  connections.push(connection);
  const recorded = {
    /** @type {any[]} */
    messages: [],
    /** @type {State[]} */
    states: [],
    /** @type {{ after: string, oldest: string }[]} */
    resets: [],
    /** @type {string[]} */
    cursors: [],
    /** @type {(import("../js/trilane/events.js").ConnectionError & { transport?: string,
     *   final?: boolean })[]} */
    errors: [],
    duplicates: 0,
    requests: 0,
    ended: 0,
  };
  const on = (type, act) => connection.addEventListener(type, ({ detail }) => act(detail));
  on("message", ({ message }) => recorded.messages.push(message));
  on("duplicate", () => (recorded.duplicates += 1));
  on("cursor", ({ cursor }) => recorded.cursors.push(cursor));
  on("reset", ({ after, oldest }) => recorded.resets.push({ after, oldest }));
  on("state", ({ state, transport, trouble }) =>
    recorded.states.push({ state, transport, ...trouble }),
  );
  on("error", (error) => recorded.errors.push(error));
  on("request", () => (recorded.requests += 1));
  on("requestend", () => (recorded.ended += 1));
  const is = (state, transport = transports[0]) => {
    const last = () => recorded.states.at(-1);
    return until(
      () => last()?.state === state && last()?.transport === transport,
      `${transport} is ${state}`,
    );
  };
  return { ...recorded, recorded, connection, is, close: () => connection.close() };
}
