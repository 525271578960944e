// Whether an open connection is alive. After too long a silence it has failed, or is probed: a
// transport that needs a probe starts it early, so that the result is known when `silence` is over.

import { probe } from "./probe.js";
import { silenceRules } from "./transports/index.js";
import { Watchdog } from "./watchdog.js";

// A stream that was idle this long is probed when the tab is shown again or the network is back.
const IDLE_MS = 5_000;

/**
 * @typedef {object} Watched
 * @property {import("./attempt.js").Target} target
 * @property {() => string | undefined} cursor  of the subscription
 * @property {AbortSignal} signal  ends probes
 * @property {(detail: string) => void} onSilent  called if the connection is dead
 */

export class Liveness {
  #watchdog;
  #isProbing = false;

  /** @param {Watched} watched @param {import("./options.js").Options} options */
  constructor(watched, options) {
    this.watched = watched;
    this.options = options;
    this.rule = silenceRules[watched.target.name];
    this.#watchdog = new Watchdog(this.#maxIdle, () => this.#onSilence(), options.platform.now);
  }

  /** Records a sign of life. */
  reset() {
    this.#watchdog.reset();
  }

  stop() {
    this.#watchdog.stop();
  }

  /**
   * Probes an idle stream after an event that streams often do not survive: a hidden tab, another
   * network.
   */
  check() {
    if (this.#watchdog.idleTime > IDLE_MS) this.#probe();
  }

  /** How long a probe may take, milliseconds. */
  get #probeLimit() {
    const { openWithin, silence } = this.options;
    return Math.min(openWithin, silence / 2);
  }

  get #maxIdle() {
    const { silence } = this.options;
    return this.rule === "probe" ? silence - this.#probeLimit : silence;
  }

  #onSilence() {
    const seconds = this.options.silence / 1000;
    if (this.rule === "fail")
      this.watched.onSilent(`nothing received for ${seconds} s, not even a heartbeat`);
    if (this.rule === "probe") this.#probe();
  }

  async #probe() {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const { target, cursor, signal, onSilent } = this.watched;
    const detail = await probe(target, { cursor, signal, limit: this.#probeLimit }, this.options);
    this.#isProbing = false;
    if (detail) onSilent(detail);
  }
}
