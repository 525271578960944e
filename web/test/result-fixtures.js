// Measurements for tests.

import { Histogram } from "../js/results/histogram.js";

/** @param {number[]} latencies milliseconds @param {object} more */
export function repetition(latencies = [], more = {}) {
  const histogram = new Histogram();
  for (const latency of latencies) histogram.record(latency);
  const counts = {
    published: latencies.length,
    operations: latencies.length,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    resets: 0,
  };
  return {
    seconds: 10,
    ...counts,
    server_cpu_seconds: null,
    load_cpu_seconds: 0,
    latency: histogram.counts,
    wire: null,
    memory: [],
    ...more,
  };
}

/**
 * @param {number} up_bytes
 * @param {number} down_bytes
 * @param {number} requests
 * @param {number} connections
 */
export const wire = (up_bytes, down_bytes, requests, connections = 0) => ({
  up_bytes,
  down_bytes,
  requests,
  connections,
});

export const scenario = {
  experiment: "frequent",
  transport: "sse",
  manner: "usual",
  measures: "delivery",
  server: "ours",
  readers: 1,
  load: { "per-second": 50 },
  payload_bytes: 100,
  seconds: 12,
  warm_up_seconds: 0,
  link: { delay_ms: 50, jitter_ms: 0, bytes_per_second: null },
};

export const environment = {
  date: "2026-11-22T14:30:00Z",
  cpu: "Fast, One",
  cores: 2,
  kernel: "6.1",
  load_average: 0.5,
  commit: "abc",
  dirty: false,
  rustc: "rustc 1.95",
  optimised: true,
  command: ["page"],
  settings: { workers: 2, nodelay: true, pinning: null },
};

/** So many of the same. */
export const times = (count, value) => Array.from({ length: count }, () => value);
