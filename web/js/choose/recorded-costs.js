// Made by `cargo lab claims`: what the latest result says. Do not edit.

/** @type {import("./cost.js").Costs} */
export const RECORDED = {
  from: "2026-11-29, AMD EPYC, 2 cores",
  memory: {
    longpoll: 165,
    sse: 156,
    ws: 266
  },
  kernel: {
    longpoll: 7000,
    sse: 7190,
    ws: 7240
  },
  perCpu: {
    longpoll: 142000,
    sse: 198000,
    ws: 189000
  },
  upstream: {
    longpoll: 442,
    sse: 442,
    ws: 388
  },
  wakeups: {
    longpoll: 2.4,
    sse: 4,
    ws: 4
  },
  p50: {
    longpoll: [
      50.7,
      51.5,
      127,
      101,
      101
    ],
    sse: [
      50.7,
      51.5,
      51.7,
      51.7,
      50.9
    ],
    ws: [
      50.7,
      51.7,
      50.4,
      51.5,
      50.9
    ]
  }
};
