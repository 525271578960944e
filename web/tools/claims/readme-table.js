// The table of README.md: cost and latency of each transport, with the digits that the intervals
// support.

import { FAST, SLOW, cost, idle, rate } from "../../js/claims/conditions.js";
import { number, withDecimals } from "../../js/results/labels.js";
import { markdownTable } from "./document.js";
import { Absent, ResultEvidence } from "./result-evidence.js";

const PER_CPU = "operations per CPU-second";

/**
 * @type {[string, (e: ResultEvidence, transport: string) =>
 *   import("../../js/results/bootstrap.js").Estimate][]}
 */
const ROWS = [
  ["deliveries per CPU-second", (e, name) => e.figure(cost(name), PER_CPU)],
  [
    "share of the kernel's limit",
    (e, name) => e.compare(cost(name), cost(name, "limit"), PER_CPU).ratio,
  ],
  ["bytes of an idle connection", (e, name) => e.figure(idle(name), "memory")],
  ["median latency at 2.4 messages/s, ms", (e, name) => e.figure(rate(name, SLOW), "p50")],
  ["median latency at 50 messages/s, ms", (e, name) => e.figure(rate(name, FAST), "p50")],
  [
    "bytes per message at 2.4 messages/s",
    (e, name) => e.figure(rate(name, SLOW), "bytes both ways"),
  ],
  [
    "bytes per message at 50 messages/s",
    (e, name) => e.figure(rate(name, FAST), "bytes both ways"),
  ],
];

/** @param {any} run */
export function readmeTable(run) {
  const evidence = new ResultEvidence(run);
  const rows = ROWS.map(([name, cell]) => [
    name,
    ...["longpoll", "sse", "ws"].map((transport) => textOf(() => cell(evidence, transport))),
  ]);
  return markdownTable(["", "long polling", "SSE", "WebSocket"], rows);
}

function textOf(cell) {
  try {
    return supported(cell());
  } catch (error) {
    if (error instanceof Absent) return "–";
    throw error;
  }
}

/**
 * Rounds to the place at which the interval begins to vary, at most three digits.
 * @param {import("../../js/results/bootstrap.js").Estimate} estimate
 */
export function supported({ value, interval }) {
  const reach = interval
    ? Math.max(value - interval.low, interval.high - value)
    : Math.abs(value) / 10;
  const place = 10 ** Math.floor(Math.log10(reach));
  if (!reach || place <= 10 ** (Math.floor(Math.log10(Math.abs(value))) - 2)) return number(value);
  return withDecimals(
    Math.round(value / place) * place,
    Math.max(0, -Math.round(Math.log10(place))),
  );
}
