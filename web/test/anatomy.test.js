// The parts of one message, from the bytes that a gate captured.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dissect, newestInAll, opening, printable, sizes } from "../js/anatomy/dissect.js";

/** @param {number} offset */
const message = (offset, text = 'hé {"}') =>
  utf8(JSON.stringify({ id: `7-${offset}`, channel: "main", message: text, time: 1 }));
/** One character for each byte, as the gate writes it. */
const utf8 = (text) => String.fromCharCode(...new TextEncoder().encode(text));
/** @returns {any} */
const up = (connection, bytes) => ({
  connection,
  direction: "up",
  at: 0,
  length: bytes.length,
  bytes,
});
/** @returns {any} */
const down = (connection, bytes) => ({
  connection,
  direction: "down",
  at: 0,
  length: bytes.length,
  bytes,
});

const REQUEST = "GET /poll?channel=main&after=7-1 HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n";
const poll = (offset, connection = 1) => [
  up(connection, REQUEST),
  down(connection, `${HEAD}{"messages":[${message(offset)}],"cursor":"7-${offset}"}`),
];
const event = (offset) => down(2, `5a\r\ndata: ${message(offset)}\nid: 7-${offset}\n\n\r\n`);
const frame = (offset) => down(3, `\x81~\x00\xb0${message(offset)}`);

test("each byte of a poll is request, response, framing or payload", () => {
  const [{ parts }] = dissect("longpoll", [...poll(2, 9), ...poll(3)].slice(2));
  assert.deepEqual(
    parts.map(({ name }) => name),
    ["request", "response", "framing", "payload", "framing"],
  );
  assert.deepEqual(sizes(parts), {
    request: REQUEST.length,
    response: HEAD.length,
    framing: 30,
    payload: message(3).length,
  });
  assert.equal(
    parts
      .slice(1)
      .map(({ bytes }) => bytes)
      .join(""),
    poll(3)[1].bytes,
  );
});

test("the request of a poll is the one of its own connection", () => {
  const other = up(8, "GET /else HTTP/1.1\r\n\r\n");
  const [asked, answered] = poll(2);
  assert.equal(dissect("longpoll", [asked, other, answered])[0].parts[0].bytes, REQUEST);
});

test("an event and a frame have framing and no headers", () => {
  assert.deepEqual(sizes(dissect("sse", [event(2)])[0].parts), {
    request: 0,
    response: 0,
    framing: 22,
    payload: message(2).length,
  });
  assert.deepEqual(sizes(dissect("ws", [frame(2)])[0].parts), {
    request: 0,
    response: 0,
    framing: 4,
    payload: message(2).length,
  });
});

test("only complete messages that crossed alone are dissected", () => {
  const two = down(2, event(2).bytes + event(3).bytes);
  const torn = down(2, event(2).bytes.slice(0, 40));
  const bare = down(2, `20\r\ndata: ${message(2)}\n\n\r\n`);
  assert.deepEqual(dissect("sse", [two, torn, bare, down(2, "3\r\n:\n\n\r\n")]), []);
  assert.deepEqual(dissect("ws", [down(3, "\x89\x00"), up(3, frame(1).bytes)]), []);
});

test("the newest message that crossed all lanes is chosen", () => {
  const lanes = {
    longpoll: dissect("longpoll", [...poll(2), ...poll(3)]),
    sse: dissect("sse", [event(2), event(3), event(4)]),
    ws: dissect("ws", [frame(2), frame(3)]),
  };
  assert.deepEqual(
    Object.values(newestInAll(lanes) ?? {}).map(({ key }) => key),
    ["7-3", "7-3", "7-3"],
  );
  assert.equal(newestInAll({ ...lanes, ws: [] }), undefined);
});

test("a stream is opened by its request and the response headers", () => {
  const answer = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
  const asked = "GET /events?channel=main HTTP/1.1\r\n\r\n";
  const chunks = [up(5, asked), down(4, "x"), down(5, `${answer}3\r\n:\n\n\r\n`)];
  assert.deepEqual(
    opening(chunks)?.map(({ bytes }) => bytes),
    [asked, answer],
  );
  assert.equal(opening([event(2)]), undefined);
});

test("non-printable bytes are made visible", () => {
  assert.equal(printable("a\r\n\x81~é\0"), "a\\r\\n\n‹81›~‹e9›‹00›");
});
