// Waiting for a connection leaves no listener and no open connection behind.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { opened } from "../js/experiments/opening.js";

class Connection extends EventTarget {
  closed = 0;

  close() {
    this.closed += 1;
  }

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const begin = (signal) => {
  const connection = new Connection();
  return { connection, waiting: opened(/** @type {any} */ (connection), signal) };
};

test("a connection that opens is left open", async () => {
  const { signal } = new AbortController();
  const { connection, waiting } = begin(signal);
  connection.emit("state", { state: "retrying" });
  connection.emit("state", { state: "open" });
  await waiting;
  assert.deepEqual([connection.closed, getEventListeners(signal, "abort").length], [0, 0]);
});

test("a connection that is refused or aborted is closed", async () => {
  const ending = new AbortController();
  const refused = begin(ending.signal);
  refused.connection.emit("error", { detail: "too many" });
  await assert.rejects(refused.waiting, /too many/);
  assert.deepEqual(
    [refused.connection.closed, getEventListeners(ending.signal, "abort").length],
    [1, 0],
  );
  const left = begin(ending.signal);
  ending.abort(new Error("stopped"));
  await assert.rejects(left.waiting, /stopped/);
  const late = begin(ending.signal);
  await assert.rejects(late.waiting, /stopped/);
  assert.deepEqual([left.connection.closed, late.connection.closed], [1, 1]);
});
