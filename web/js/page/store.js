// The state of the page. Connections and the publisher write it; views read it after its event
// `change`. No DOM.

import { asReceived } from "../lanes/payload.js";
import { Lane } from "../lanes/lane.js";
import { RecentMessages } from "../lanes/inspection.js";

export class Store extends EventTarget {
  recent = new RecentMessages();
  paused = false;
  /**
   * The lanes of the naive clients beside those of `lanes`, empty without them.
   * @type {Lane[]}
   */
  companions = [];
  /** Whether the steady messages are suspended, for a measurement. */
  suspended = false;
  /** Publications that a service accepted; one message may be several. */
  posted = 0;
  /** Publications that were refused, got no response, or were more than the browser could carry. */
  failed = 0;
  /** @type {string | undefined} why the latest publication failed */
  failure;
  /**
   * The conditions of the recording that is shown instead of services. They override the settings.
   * @type {Pick<import("./settings.js").Settings, "rate" | "size" | "link"> | undefined}
   */
  recorded;
  /** @type {import("../results/run.js").Run | undefined} the latest result that a visitor opened */
  run;

  /**
   * @param {{ endpoints: import("./server.js").Endpoints, settings:
   *   import("./settings.js").Settings, page: string }} start
   */
  constructor({ endpoints, settings, page }) {
    super();
    this.settings = settings;
    this.page = page;
    const names = /** @type {import("../trilane/transports/index.js").Name[]} */ (
      Object.keys(endpoints.lanes)
    );
    this.lanes = names.map(
      (name) => new Lane(name, endpoints.lanes[name], endpoints.services[name]),
    );
  }

  /** @param {string} name */
  lane(name) {
    const lane = this.lanes.find((lane) => lane.name === name);
    if (!lane) throw new RangeError(`no lane ${name}`);
    return lane;
  }

  /** @param {string} name */
  has(name) {
    return this.lanes.some((lane) => lane.name === name);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Partial<import("./settings.js").Settings>} settings */
  set(settings) {
    this.settings = { ...this.settings, ...settings, ...this.recorded };
    this.dispatchEvent(new Event("settings"));
    this.changed();
  }

  /** @param {NonNullable<Store["recorded"]>} conditions */
  show(conditions) {
    this.recorded = conditions;
    this.set({});
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    this.dispatchEvent(new Event("settings"));
    this.changed();
  }

  /** @param {Store["run"]} run */
  open(run) {
    this.run = run;
    this.dispatchEvent(new Event("run"));
  }

  /** Asks for one more drawing although the page is paused. */
  standsStill() {
    this.dispatchEvent(new Event("still"));
  }

  /** @param {boolean} suspended */
  setSuspended(suspended) {
    this.suspended = suspended;
    this.dispatchEvent(new Event("settings"));
  }

  /**
   * @param {Lane} lane
   * @param {import("../trilane/transports/index.js").Message} message
   * @param {number} at
   */
  receive(lane, message, at) {
    const { offset = NaN } = lane.receive(message, at, this.page);
    const own = message.message?.page === this.page;
    this.recent.add({ n: own ? message.message.n : NaN, offset }, asReceived(message));
    this.changed();
  }

  /** Records that the services accepted the page's message with this number. @param {number} n */
  accepted(n) {
    for (const lane of [...this.lanes, ...this.companions])
      lane.published = Math.max(lane.published, n);
    this.changed();
  }

  /** @param {string} [failure] why it failed, undefined if it was accepted */
  published(failure) {
    if (failure) this.failed += 1;
    else this.posted += 1;
    this.failure = failure;
    this.changed();
  }
}
