// An incremental parser for `text/event-stream` (HTML standard, 9.2.6). The client does not use
// EventSource: it hides heartbeats and status codes, cannot send a token, and in some browsers
// gives up for good.

/** @typedef {{ event: string, data: string }} StreamEvent */

export class EventStream {
  /** @type {number | undefined} reconnect time that the service sent last, milliseconds */
  retry;
  #rest = "";
  #event = "";
  /** @type {string[]} */
  #data = [];

  /**
   * Parses the next piece of the stream, wherever it was split.
   * @param {string} text
   * @returns {StreamEvent[]} the events that are complete now
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
