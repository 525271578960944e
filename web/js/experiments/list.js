// The experiments of the page: each is a few seconds of something that the lanes show.

/** @typedef {{ delay: number, jitter: number, bandwidth: number | null }} Link */

/** From one continent to another. On a local link there would be nothing to see. */
const FAR = { delay: 50, jitter: 0, bandwidth: null };

/**
 * @typedef {object} Experiment
 * @property {string} title
 * @property {"steady" | "upstream" | "opening" | "no-cursor" | "refused" | "workers" | "support" |
 *   "burn"} kind
 * @property {number} seconds  approximate duration, without the waits before and after
 * @property {{ rate: number, size?: number }} [settings]
 * @property {Link} [link]
 * @property {string} [show]  id of the section that shows it, the lanes by default
 */

/** @type {Record<string, Experiment>} */
export const EXPERIMENTS = {
  rare: {
    title: "2 messages per second, 50 ms in each direction",
    kind: "steady",
    seconds: 12,
    settings: { rate: 2 },
    link: FAR,
  },
  frequent: {
    title: "50 messages per second, 50 ms in each direction",
    kind: "steady",
    seconds: 12,
    settings: { rate: 50 },
    link: FAR,
  },
  yours: { title: "Your rate and size, over this link", kind: "steady", seconds: 12 },
  upstream: {
    title: "20 messages to the server on each transport",
    kind: "upstream",
    seconds: 8,
    link: FAR,
  },
  opening: { title: "Open each lane 20 times", kind: "opening", seconds: 10, link: FAR },
  "no-cursor": {
    title: "A long poll without a cursor, beside the lanes",
    kind: "no-cursor",
    seconds: 12,
    settings: { rate: 10 },
    link: FAR,
  },
  refused: {
    title: "An EventSource that receives an error",
    kind: "refused",
    seconds: 6,
    show: "claims",
  },
  workers: {
    title: "24 requests to each service: which worker responds?",
    kind: "workers",
    seconds: 2,
    show: "workers",
  },
  support: { title: "Features of this browser", kind: "support", seconds: 0, show: "claims" },
  burn: {
    title: "A computation on the event loop, and on a thread pool",
    kind: "burn",
    seconds: 12,
    settings: { rate: 20 },
    show: "workers",
  },
};
