// A client of the gate's control API (docs/gate.md), which is served at the page's origin. It has
// the byte counters, the link and the faults. It polls twice a second while the tab is visible;
// views read the last response.

import { LatestWins, fetchJson } from "../shared/requests.js";

const POLL_INTERVAL_MS = 500;

/**
 * @typedef {{ delay: number, jitter: number, bandwidth: number | null }} Link
 * `delay` and `jitter` in milliseconds, `bandwidth` in bits per second; in each direction
 * @typedef {{ fault: string, lane?: string, for?: number, direction?: string, kilobytes?: number,
 *   after?: number, delay?: number, jitter?: number, bandwidth?: number }} Fault
 * `for`: seconds until it ends by itself; without `lane`, it applies to all lanes
 * @typedef {{ id: number, lane: string, fault: string, left: number | null }} Active
 * @typedef {{ bytes: number, segments: number }} Traffic
 * @typedef {object} LaneState  counted since the gate started
 * @property {string} lane
 * @property {{ up: Link, down: Link }} link
 * @property {Active[]} faults
 * @property {number} open  open connections
 * @property {number} connections  accepted connections
 * @property {{ get: number, post: number, options: number, other: number, upgrades: number }}
 *   requests
 * @property {Traffic} up
 * @property {Traffic} down
 *
 * @typedef {{ id: number, at: number, sent: number | null, answered: number | null, delivered:
 *   number | null }} TimedRequest
 * `at`: when the gate had read its headers, milliseconds since 1970; the others in milliseconds
 * after it, null until then: written to the service, first byte of the response read, response
 * written to the client
 *
 * @typedef {{ connection: number, direction: "up" | "down", at: number, length: number, bytes:
 *   string }} Chunk
 * the bytes of one read, one character for each
 */

/** Dispatches `change` after each response. */
export class Gate extends EventTarget {
  /** @type {LaneState[]} of the last response */
  lanes = [];
  #responses = new LatestWins();

  /** @param {typeof globalThis.fetch} [fetch] */
  constructor(
    fetch = (/** @type {Parameters<typeof globalThis.fetch>} */ ...request) =>
      globalThis.fetch(...request),
  ) {
    super();
    this.fetch = fetch;
  }

  /**
   * Polls from now on, one request after the other, so that requests do not queue up behind a gate
   * that hangs.
   */
  async watch() {
    const again = async () => {
      if (!globalThis.document?.hidden) await this.refresh().catch(() => {});
      setTimeout(again, POLL_INTERVAL_MS);
    };
    setTimeout(again, POLL_INTERVAL_MS);
    await this.refresh();
  }

  async refresh() {
    this.#take(await this.#responses.query(this.#request("GET", "gate")));
  }

  /** @param {string} name @returns {LaneState | undefined} */
  lane(name) {
    return this.lanes.find(({ lane }) => lane === name);
  }

  /**
   * The link of the first lane towards its clients; the page sets all lanes alike.
   * @returns {Link | undefined}
   */
  get link() {
    return this.lanes[0]?.link.down;
  }

  /**
   * Sets the link of all lanes or of one, in both directions.
   * @param {Link & { lane?: string }} link
   */
  async setLink(link) {
    this.#take(await this.#responses.update(this.#request("PUT", "gate/link", link)));
  }

  /** Starts a fault. @param {Fault} fault @returns {Promise<Active[]>} those that last */
  async begin(fault) {
    const { faults } = await this.#request("POST", "gate/faults", fault);
    await this.refresh();
    return faults;
  }

  /** Ends all faults. */
  async heal() {
    await this.#request("DELETE", "gate/faults");
    await this.refresh();
  }

  /**
   * Cuts the WebSocket lane, and with it clients of the gate, which reconnect at once or after a
   * random wait.
   * @param {number} clients
   * @param {boolean} backoff
   * @returns {Promise<{ accepted: number[] }>} when each was accepted, in milliseconds after the
   *   cut
   */
  storm(clients, backoff) {
    return this.#request("POST", "gate/storm", { clients, backoff });
  }

  /**
   * Stops the service of a lane and starts it again; resolves when it serves.
   * @param {string} lane
   */
  async restart(lane) {
    await this.#request("POST", `services/${lane}/restart`);
  }

  /**
   * Returns the latest requests of a lane.
   * @param {string} lane
   * @param {number} after  id of the last known request
   * @returns {Promise<{ now: number, requests: TimedRequest[] }>} `now` is the gate's clock,
   *   milliseconds since 1970
   */
  requests(lane, after) {
    return this.#request("GET", `gate/requests?lane=${lane}&after=${after}`);
  }

  /** Returns the most recent bytes of a lane. @param {string} lane @returns {Promise<Chunk[]>} */
  async capture(lane) {
    return (await this.#request("GET", `gate/capture?lane=${lane}`)).chunks;
  }

  /**
   * @param {{ lanes: LaneState[] } | undefined} response ignored if undefined: newer state is known
   */
  #take(response) {
    if (!response) return;
    this.lanes = response.lanes;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} method @param {string} path @param {unknown} [body] */
  #request(method, path, body) {
    return fetchJson(this.fetch, method, path, body);
  }
}
