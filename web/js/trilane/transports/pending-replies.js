// Publications that wait for a reply on a WebSocket, by the `ref` that the reply repeats.

import { PublishError } from "../publish.js";

export class PendingReplies {
  #pending = new Map();
  #lastRef = 0;

  /** @param {(ref: number) => void} send */
  expect(send) {
    const ref = ++this.#lastRef;
    return new Promise((resolve, reject) => {
      this.#pending.set(ref, { resolve, reject });
      send(ref);
    });
  }

  /**
   * @param {{ ref: number, ok?: object, error?: { status?: number, detail?: string, title?: string
   *   } }} reply
   */
  settle({ ref, ok, error }) {
    const pending = this.#pending.get(ref);
    this.#pending.delete(ref);
    if (ok) pending?.resolve(ok);
    else
      pending?.reject(
        new PublishError(error?.detail ?? error?.title ?? "refused", {
          status: error?.status ?? 400,
        }),
      );
  }

  /** Rejects all of them. Whether the service accepted them is unknown. */
  failAll() {
    for (const { reject } of this.#pending.values())
      reject(new PublishError("the WebSocket closed before the reply"));
    this.#pending.clear();
  }
}
