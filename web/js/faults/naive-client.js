// A naive client with the events of the robust one, so that a lane can show either. The
// compatibility endpoints send no ids, so the page's own count stands in for them, and other
// publishers' messages are ignored.

import * as clock from "../clock.js";
import { history } from "../trilane/history.js";
import { parseId } from "../trilane/id.js";
import { skipBacklog } from "./skip-backlog.js";
import { runNaive } from "./run-naive.js";

const GONE = { naive: true, detail: "it does not handle a lost connection" };
const AGAIN = { naive: true, detail: "the browser reconnects by itself" };

/** Dispatches `state`, `message`, `request` and `requestend`. */
export class NaiveClient extends EventTarget {
  /** @type {import("../trilane/connect.js").State} */
  state = "connecting";
  /** @type {string | undefined} the latest id, requested only to learn the epoch */
  cursor;
  #ending = new AbortController();
  #end = () => {};

  /**
   * @param {import("../lanes/lane.js").Lane} lane
   * @param {(message: any) => boolean} isOurs
   */
  constructor(lane, isOurs) {
    super();
    this.lane = lane;
    this.isOurs = isOurs;
    queueMicrotask(() => this.#run());
  }

  close() {
    this.#ending.abort();
    this.#enter("closed");
  }

  async #run() {
    const { name, base, service } = this.lane;
    const { signal } = this.#ending;
    const request = history({ base: service, channel: "main" }, { limit: 1 }, { fetch, signal });
    this.cursor = await request.then(
      ({ cursor }) => cursor,
      () => undefined,
    );
    if (name === "longpoll") await skipBacklog(service, signal).catch(() => {});
    if (signal.aborted) return;
    this.#end = runNaive(name, base, {
      message: (message) => this.isOurs(message) && this.#arrive(message),
      open: () => this.#enter("open"),
      trouble: (isFinal) => this.#enter(isFinal ? "closed" : "retrying", isFinal ? GONE : AGAIN),
      request: () => this.#dispatch("request", { at: clock.now() }),
      requestEnd: () => this.#dispatch("requestend", { at: clock.now() }),
    });
  }

  #arrive(message) {
    const id = `${parseId(this.cursor)?.epoch ?? 0}-${message.n}`;
    this.#dispatch("message", {
      id,
      channel: "main",
      message,
      time: message.sent,
      at: clock.now(),
      bare: true,
    });
  }

  #enter(state, trouble) {
    if (this.state === "closed" || this.state === state) return;
    this.state = state;
    if (state === "closed") this.#end();
    this.#dispatch("state", { state, at: clock.now(), trouble });
  }

  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
