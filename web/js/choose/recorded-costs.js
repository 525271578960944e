// Made by `cargo lab claims`: what the latest result says. Do not edit.

/** @type {import("./cost.js").Costs} */
export const RECORDED = {
  from: "2026-11-30, AMD EPYC, 2 cores",
  memory: {
    longpoll: 250,
    sse: 166,
    ws: 356
  },
  kernel: {
    longpoll: 7040,
    sse: 7290,
    ws: 7210
  },
  perCpu: {
    longpoll: 142000,
    sse: 215000,
    ws: 212000
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
      51.7,
      51.7,
      124,
      100,
      103
    ],
    sse: [
      50.7,
      50.4,
      51.2,
      52,
      50.4
    ],
    ws: [
      50.7,
      52,
      51.2,
      51.2,
      50.4
    ]
  }
};
