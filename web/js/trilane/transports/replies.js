// Publications under way on a WebSocket, by the `ref` that their reply repeats.

import { PublishError } from "../publish.js";

export class Replies {
  #waiting = new Map();
  #last = 0;

  /** @param {(ref: number) => void} send */
  expect(send) {
    const ref = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ref, { resolve, reject });
      send(ref);
    });
  }

  /** @param {{ ref: number, ok?: object, error?: { status?: number, detail?: string, title?: string } }} reply */
  settle({ ref, ok, error }) {
    const waiting = this.#waiting.get(ref);
    this.#waiting.delete(ref);
    if (ok) waiting?.resolve(ok);
    else waiting?.reject(new PublishError(error?.detail ?? error?.title ?? "refused", { status: error?.status ?? 400 }));
  }

  /** Whether they were accepted is not known. */
  failAll() {
    for (const { reject } of this.#waiting.values()) reject(new PublishError("the WebSocket closed before the reply"));
    this.#waiting.clear();
  }
}
