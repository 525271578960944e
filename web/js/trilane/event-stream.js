// Reads `text/event-stream` (HTML standard §9.2.6) piece by piece, wherever the pieces end. EventSource is not used for
// it: it shows neither heartbeats nor status codes, sends no token, and some give up for good. Knows no network.

/** @typedef {{ event: string, data: string }} StreamEvent */

export class EventStream {
  /** @type {number | undefined} milliseconds, as the service last asked */
  retry;
  #rest = "";
  #event = "";
  /** @type {string[]} */
  #data = [];

  /**
   * @param {string} text
   * @returns {StreamEvent[]} those that are complete with it
   */
  push(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.map((line) => this.#line(line)).filter((event) => event !== undefined);
  }

  /** @param {string} line @returns {StreamEvent | undefined} */
  #line(line) {
    if (line === "") return this.#complete();
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") this.#data.push(value);
    if (field === "event") this.#event = value;
    if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
  }

  /** @returns {StreamEvent | undefined} */
  #complete() {
    const event = { event: this.#event || "message", data: this.#data.join("\n") };
    const isEmpty = !this.#data.length;
    this.#event = "";
    this.#data = [];
    return isEmpty ? undefined : event;
  }
}
