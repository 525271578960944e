// Publishes the page's messages: one on request, or at a steady rate. `publish-routes.js` chooses
// the services.

import { padded } from "./payload.js";
import * as clock from "../clock.js";
import { steady } from "../shared/steady-rate.js";
import { publish } from "../trilane/publish.js";
import { destinations } from "./publish-routes.js";

// More than a browser sends at once. Further messages are dropped with an error instead of piling
// up in memory.
const MAX_PENDING = 200;

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
   * @param {{ sent?: number, through?: import("../page/address.js").Through }} [how]
   * @returns {Promise<{ n: number, accepted: boolean, ids: Record<string, string> }>} the page's
   *   count, whether every chosen service accepted it, and its id by lane
   */
  async send(text, { sent = clock.now(), through = this.store.settings.through } = {}) {
    const { settings, lanes, page } = this.store;
    const n = ++this.#n;
    const message = padded({ page, n, sent, text: text || `message ${n}` }, settings.size);
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

  /** @returns {Promise<{ lane: string, id?: string }>} without an id if it was not accepted */
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
