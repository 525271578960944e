// The gate's control interface, which has the page's own origin: what was counted on the wire, what the link is like,
// what is broken. Asks twice a second while somebody looks; every view reads the last answer.

const ASKS_EVERY_MS = 500;

/**
 * @typedef {{ delay: number, jitter: number, bandwidth: number | null }} Link  milliseconds each way; bits a second
 */

/** Dispatches `change` after each answer. */
export class Gate extends EventTarget {
  /** @type {any} the last answer to GET /gate */
  state;

  /** @param {{ fetch?: typeof globalThis.fetch }} [platform] */
  constructor({ fetch = (...request) => globalThis.fetch(...request) } = {}) {
    super();
    this.fetch = fetch;
  }

  /** Asks now and from now on. */
  async watch() {
    await this.refresh();
    setInterval(() => globalThis.document?.hidden || this.refresh().catch(() => {}), ASKS_EVERY_MS);
  }

  /** @returns {Link | undefined} */
  get link() {
    return this.state?.link;
  }

  async refresh() {
    this.state = await this.#ask("GET", "/gate");
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} method @param {string} path @param {unknown} [body] */
  async #ask(method, path, body) {
    const request = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await this.fetch(path, { method, ...request });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.detail ?? `the gate answered ${response.status}`);
    return answer;
  }
}
