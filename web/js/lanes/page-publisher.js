// Publishes the page's messages, and chooses the services that they go to.

import { padded, steadyText } from "./payload.js";
import * as clock from "../shared/clock.js";
import { steady } from "../shared/clock.js";
import { publish } from "../trilane/publisher.js";

// Publishes the page's messages: one on request, or at a steady rate. `publish-routes.js` chooses
// the services.

// More than a browser sends at once. Further messages are dropped with an error instead of piling
// up in memory.
const MAX_PENDING = 200;

/** @typedef {Record<string, string | undefined>} Ids  by lane, undefined if it was not accepted */

export class PagePublisher {
  #n = 0;
  #pending = 0;
  #notBefore = 0;
  #rate = 0;
  /** @type {AbortController | undefined} */
  #steady;

  /**
   * @param {import("../page/store.js").Store} store
   * @param {Map<string, import("./lane-connection.js").Connection>} connections
   */
  constructor(store, connections) {
    this.store = store;
    this.connections = connections;
  }

  /** Starts, stops or changes the steady rate. @param {number} rate */
  run(rate) {
    // A running schedule must not start again when another setting changes.
    if (rate === this.#rate) return;
    this.#rate = rate;
    this.#steady?.abort();
    this.#steady = rate > 0 ? new AbortController() : undefined;
    if (this.#steady) steady(rate, this.#steady.signal, (due) => this.#publishDue(due));
  }

  /**
   * @param {string} text
   * @param {{ sent?: number, through?: import("../page/settings.js").Through }} [how]
   * @returns {Promise<{ n: number, accepted: boolean, ids: Ids }>} the page's
   *   count, whether every chosen service accepted it, and its id by lane
   */
  async send(text, { sent = clock.now(), through = this.store.settings.through } = {}) {
    const { settings, lanes, page } = this.store;
    const n = ++this.#n;
    const message = padded({ page, n, sent, text: text || steadyText(n, settings) }, settings.size);
    const posts = await Promise.all(
      destinations(through, lanes).map((lane) => this.#post(lane, message, through)),
    );
    const accepted = posts.length > 0 && posts.every(({ id }) => id !== undefined);
    if (accepted) this.store.accepted(n);
    return { n, accepted, ids: Object.fromEntries(posts.map(({ lane, id }) => [lane, id])) };
  }

  /** @param {number} due */
  #publishDue(due) {
    if (due < this.#notBefore) return;
    if (this.#pending < MAX_PENDING) this.send("", { sent: due });
    else
      this.store.published(
        `${MAX_PENDING} messages are waiting for a response; further messages are not sent.`,
      );
  }

  /**
   * @param {import("./lane.js").Lane} lane
   * @param {import("./payload.js").Body} message
   * @param {import("../page/settings.js").Through} through
   * @returns {Promise<{ lane: string, id?: string }>} without an id if it was not accepted
   */
  async #post(lane, message, through) {
    const { channel } = this.store.settings;
    this.#pending += 1;
    try {
      const accepted =
        through === "ws-frame"
          ? await this.connections.get(lane.name)?.publish(message)
          : await publish({ base: lane.service, channel, message });
      this.store.published();
      return { lane: lane.name, id: accepted?.id ?? "" };
    } catch (/** @type {any} */ error) {
      this.#notBefore = Math.max(this.#notBefore, clock.now() + (error.retryAfter ?? 0));
      this.store.published(error.message);
      return { lane: lane.name };
    } finally {
      this.#pending -= 1;
    }
  }
}

// The services to publish to. Services may share one broker or have one each; publishing to the
// wrong ones leaves lanes empty. Histories start at different moments, so equal epochs mean one
// history.

/**
 * @param {import("./lane.js").Lane[]} lanes
 * @returns {"shared" | "separate" | "unknown"}
 */
export function brokers(lanes) {
  const epochs = lanes.filter((lane) => lane.state === "open").flatMap((lane) => lane.epoch ?? []);
  if (epochs.length < 2) return "unknown";
  return new Set(epochs).size === 1 ? "shared" : "separate";
}

/**
 * @param {import("../page/settings.js").Through} through
 * @param {import("./lane.js").Lane[]} lanes
 * @returns {import("./lane.js").Lane[]} empty when no service is available
 */
export function destinations(through, lanes) {
  if (through === "all") return lanes;
  if (through === "auto") return onePerBroker(lanes.filter(isReachable));
  return lanes.filter((lane) => lane.name === through.replace("-frame", ""));
}

/**
 * Returns whether every lane is known to be open, with its broker, or known not to be. Messages
 * sent before that would reach some lanes and not others.
 * @param {import("./lane.js").Lane[]} lanes
 */
export function settled(lanes) {
  return lanes.every(
    ({ state, epoch }) => state !== "connecting" && (state !== "open" || epoch !== undefined),
  );
}

/**
 * A fault of a lane does not affect the path to its service; once the service responded, it counts
 * as reachable.
 * @param {import("./lane.js").Lane} lane
 */
const isReachable = ({ state, base, service, epoch }) =>
  state === "open" || (service !== base && epoch !== undefined);

/** @param {import("./lane.js").Lane[]} open */
function onePerBroker(open) {
  // The last service of each broker: WebSocket where possible, since its lane needs no second
  // connection to it. A service without a known epoch counts as having its own broker.
  return [...new Map(open.map((lane) => [lane.epoch ?? lane.name, lane])).values()];
}
