// The gate and the lanes: its reports are written into them, and the chosen link into the gate.

import * as clock from "../shared/clock.js";

// Writes the gate's reports into the lanes: bytes, and bands for active faults. Applies the chosen
// link to the gate.

/**
 * @param {import("../lanes/lane.js").Lane} lane
 * @param {ByteCounter} byteCounter
 * @param {number} bytes
 */
function read(lane, byteCounter, bytes) {
  lane.wireBytes = bytes;
  if (!byteCounter.suspended)
    lane.bytesPerMessage.read({ at: clock.now(), bytes, count: lane.sequence.count });
}

/**
 * @param {import("./gate.js").Gate} gate
 * @param {Pick<import("../page.js").Page, "store" | "bands" | "byteCounter">} page
 */
export async function followGate(gate, { store, bands, byteCounter }) {
  gate.addEventListener("change", () => {
    for (const { lane, up, down, faults } of gate.lanes.filter(({ lane }) => store.has(lane))) {
      read(store.lane(lane), byteCounter, byteCounter.read(lane, up.bytes + down.bytes));
      bands.follow(
        lane,
        faults.map(({ fault }) => fault),
        clock.now(),
      );
    }
    store.changed();
  });
  let wasPaused = false;
  store.addEventListener("settings", async () => {
    const isNew = store.paused && !wasPaused;
    wasPaused = store.paused;
    // Once paused, all figures should be of one moment. Messages are known at once, bytes only when
    // the gate reports.
    if (isNew)
      await gate.refresh().then(
        () => store.paused && store.standsStill(),
        () => {},
      );
  });
  // A gate that does not respond now may do so in half a second.
  await gate.watch().catch(() => {});
  await applyChosenLink(gate, store);
}

// Applies the chosen link to the gate: once, and again after the gate was unavailable.

/**
 * @param {import("./gate.js").Gate} gate
 * @param {import("../page/store.js").Store} store
 * @returns {Promise<void>} when the link of the address was applied
 */
export function applyChosenLink(gate, store) {
  /** @type {import("./gate.js").Link | undefined} */
  let requested;
  const apply = async () => {
    const { link } = store.settings;
    if (!link || link === requested) return;
    requested = link;
    await gate.setLink(link).catch(() => {
      // A later choice is applied by its own event.
      if (requested === link) requested = undefined;
    });
  };
  store.addEventListener("settings", apply);
  gate.addEventListener("change", apply);
  return apply();
}

// Counts the bytes on the wire of each lane since the page was opened, from the gate's counters.
// Suspended while a measurement uses the lane.

export class ByteCounter {
  /** @type {Map<string, { base: number, last: number }>} */
  #lanes = new Map();
  #suspended = false;

  /**
   * @param {string} lane
   * @param {number} total  counted by the gate since it started
   * @returns {number} the bytes of this page
   */
  read(lane, total) {
    const known = this.#lanes.get(lane);
    // A gate that was restarted counts from zero.
    if (!known || total < known.last)
      return this.#note(lane, total - (known ? known.last - known.base : 0), total);
    return this.#note(lane, this.#suspended ? known.base + total - known.last : known.base, total);
  }

  get suspended() {
    return this.#suspended;
  }

  /** @param {boolean} suspended */
  setSuspended(suspended) {
    this.#suspended = suspended;
  }

  /** @param {string} lane @param {number} base @param {number} last */
  #note(lane, base, last) {
    this.#lanes.set(lane, { base, last });
    return last - base;
  }
}

// When each poll and its response passed the gate: how long each was on its way, and how long the
// service held the poll. Asked for after each report of the gate, while the page is not paused.

/** The lane whose requests are short. The request of a stream is one long response. */
const LANE = "longpoll";
// Requests that may still be under way. An older one without a response will not get one.
const UNDER_WAY = 8;

/**
 * @param {import("./gate.js").Gate} gate
 * @param {import("../page/store.js").Store} store
 */
export function followPollTimes(gate, store) {
  const times = new PollTimes(gate, store.lane(LANE).trace);
  gate.addEventListener("change", () => store.paused || times.read());
}

export class PollTimes {
  #after = 0;
  #isReading = false;

  /**
   * @param {Pick<import("./gate.js").Gate, "requests">} gate
   * @param {import("../lanes/trace.js").Trace} trace
   */
  constructor(gate, trace) {
    this.gate = gate;
    this.trace = trace;
  }

  /** Writes what is new into the trace. Without a response of the gate, nothing is known. */
  async read() {
    if (this.#isReading) return;
    this.#isReading = true;
    const asked = clock.now();
    try {
      const { now, requests } = await this.gate.requests(LANE, this.#after);
      // The gate read its clock between the two readings of this page's.
      const offset = (asked + clock.now()) / 2 - now;
      for (const request of requests) this.trace.pass(...inPageTime(request, offset));
      this.#after = lastComplete(requests, this.#after);
    } catch {
      // The next report of the gate asks again.
    } finally {
      this.#isReading = false;
    }
  }
}

/**
 * @param {import("./gate.js").TimedRequest} request
 * @param {number} offset of the page's clock to the gate's
 * @returns {[start: number, times: { arrived?: number, answered?: number }]}
 */
function inPageTime({ at, sent, answered }, offset) {
  const start = at + offset;
  const after = (/** @type {number | null} */ ms) => (ms === null ? undefined : start + ms);
  return [start, { arrived: after(sent), answered: after(answered) }];
}

/** @param {import("./gate.js").TimedRequest[]} requests @param {number} known */
function lastComplete(requests, known) {
  const last = requests.at(-1)?.id ?? known;
  const open = requests.find(({ delivered }) => delivered === null);
  return Math.max(known, last - UNDER_WAY, (open?.id ?? last + 1) - 1);
}
