// The gate's control interface (docs/gate.md), which has the page's own origin: what was counted on the wire, what the link
// is like, what is broken. Asks twice a second while somebody looks; every view reads the last answer.

import { ask } from "../shared/fetch-json.js";
import { LatestWins } from "../shared/latest-wins.js";

const POLL_INTERVAL_MS = 500;

/**
 * @typedef {{ delay: number, jitter: number, bandwidth: number | null }} Link  milliseconds each way; bits a second
 * @typedef {{ fault: string, lane?: string, for?: number, direction?: string, kilobytes?: number, after?: number,
 *   delay?: number, jitter?: number, bandwidth?: number }} Fault
 *   `for`: seconds until it ends by itself; without a lane, all of them
 * @typedef {{ id: number, lane: string, fault: string, left: number | null }} Active
 * @typedef {{ bytes: number, segments: number }} Traffic
 * @typedef {object} LaneState  since the gate began
 * @property {string} lane
 * @property {{ up: Link, down: Link }} link
 * @property {Active[]} faults
 * @property {number} open         connections that are
 * @property {number} connections  that were accepted
 * @property {{ get: number, post: number, options: number, other: number, upgrades: number }} requests
 * @property {Traffic} up
 * @property {Traffic} down
 *
 * @typedef {{ connection: number, direction: "up" | "down", at: number, length: number, bytes: string }} Chunk
 *   what was read at once; one character for each byte
 */

/** Dispatches `change` after each answer. */
export class Gate extends EventTarget {
  /** @type {LaneState[]} of the last answer */
  lanes = [];
  #order = new LatestWins();

  /** @param {typeof globalThis.fetch} [fetch] */
  constructor(fetch = (...request) => globalThis.fetch(...request)) {
    super();
    this.fetch = fetch;
  }

  /** Asks now and from now on, one question after the other: a gate that hangs meets no queue of them. */
  async watch() {
    const again = async () => {
      if (!globalThis.document?.hidden) await this.refresh().catch(() => {});
      setTimeout(again, POLL_INTERVAL_MS);
    };
    setTimeout(again, POLL_INTERVAL_MS);
    await this.refresh();
  }

  async refresh() {
    this.#take(await this.#order.look(this.#ask("GET", "gate")));
  }

  /** @param {string} name @returns {LaneState | undefined} */
  lane(name) {
    return this.lanes.find(({ lane }) => lane === name);
  }

  /** The link of the first lane, to its clients: the page sets it for all. @returns {Link | undefined} */
  get link() {
    return this.lanes[0]?.link.down;
  }

  /** Of all lanes or of one, in both directions. @param {Link & { lane?: string }} link */
  async setLink(link) {
    this.#take(await this.#order.change(this.#ask("PUT", "gate/link", link)));
  }

  /** @param {Fault} fault @returns {Promise<Active[]>} those that last */
  async begin(fault) {
    const { faults } = await this.#ask("POST", "gate/faults", fault);
    await this.refresh();
    return faults;
  }

  /** Ends everything that is broken. */
  async mend() {
    await this.#ask("DELETE", "gate/faults");
    await this.refresh();
  }

  /**
   * Cuts the WebSocket lane, and with it so many clients of the gate's own, which come back at once or after a wait.
   * @param {number} clients
   * @param {boolean} backoff
   * @returns {Promise<{ accepted: number[] }>} when each was accepted, in milliseconds after the cut
   */
  storm(clients, backoff) {
    return this.#ask("POST", "gate/storm", { clients, backoff });
  }

  /** Stops a lane's service and starts it again; resolves when it serves. @param {string} lane */
  async restart(lane) {
    await this.#ask("POST", `services/${lane}/restart`);
  }

  /** The last bytes of a lane. @param {string} lane @returns {Promise<Chunk[]>} */
  async capture(lane) {
    return (await this.#ask("GET", `gate/capture?lane=${lane}`)).chunks;
  }

  /** @param {{ lanes: LaneState[] } | undefined} answer nothing if it is older than what is known */
  #take(answer) {
    if (!answer) return;
    this.lanes = answer.lanes;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} method @param {string} path @param {unknown} [body] */
  #ask(method, path, body) {
    return ask(this.fetch, method, path, body);
  }
}
