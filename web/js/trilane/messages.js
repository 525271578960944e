// The messages of a connection for `for await`. Messages that arrive while the loop is busy wait in
// memory.

/**
 * @param {import("./connect.js").Connection} connection
 * @returns {AsyncGenerator<import("./connect.js").Arrival>}
 */
export async function* messages(connection) {
  const waiting = [];
  let wake = () => {};
  const listening = new AbortController();
  const { signal } = listening;
  connection.addEventListener(
    "message",
    (/** @type {any} */ { detail }) => (waiting.push(detail), wake()),
    { signal },
  );
  connection.addEventListener("state", () => wake(), { signal });
  try {
    for (;;) {
      yield* waiting.splice(0);
      if (waiting.length) continue;
      if (connection.state === "closed") break;
      await new Promise((resolve) => (wake = () => resolve(undefined)));
    }
  } finally {
    listening.abort();
  }
  if (connection.trouble)
    throw Object.assign(new Error(connection.trouble.detail), connection.trouble);
}
