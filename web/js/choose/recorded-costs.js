// Made by `cargo lab claims`: what the latest result says. Do not edit.

/** @type {import("./cost.js").Costs} */
export const RECORDED = {
  from: "2026-11-30, Intel(R) Xeon(R) Processor, 2 cores",
  memory: {
    longpoll: 196,
    sse: 197,
    ws: 352
  },
  kernel: {
    longpoll: 7110,
    sse: 7170,
    ws: 7260
  },
  perCpu: {
    longpoll: 225000,
    sse: 338000,
    ws: 332000
  },
  upstream: {
    longpoll: 438,
    sse: 438,
    ws: 383
  },
  wakeups: {
    longpoll: 2.4,
    sse: 4,
    ws: 4
  },
  p50: {
    longpoll: [
      50.7,
      52.2,
      125,
      101,
      101
    ],
    sse: [
      51.5,
      52,
      50.7,
      51.7,
      50.7
    ],
    ws: [
      50.9,
      52.2,
      50.9,
      51.2,
      50.4
    ]
  }
};
