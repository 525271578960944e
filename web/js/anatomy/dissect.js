// Finds one message in the gate's capture of a lane and assigns each byte to a part. Captured bytes
// are strings with one character per byte.

import { keyOf } from "../lanes/payload.js";

/**
 * @typedef {"request" | "response" | "framing" | "payload"} Name
 * @typedef {{ name: Name, bytes: string }} Part
 * @typedef {object} Dissection
 * @property {string} key  identifies the message in all lanes
 * @property {Part[]} parts  in the order in which they crossed the wire
 */

/**
 * Distinguishes responses to the page's clients from those of the compatibility endpoints.
 * @type {Record<string, RegExp>}
 */
const SHAPES = { longpoll: /\{"messages":\[/, sse: /\nid: /, ws: /^[\x80-\xff]/ };

const MESSAGE = /\{"id":"\d+-\d+"/g;
const HEAD_END = "\r\n\r\n";

/**
 * Finds every message that crossed the wire alone, so that all bytes around it belong to it.
 * @param {string} lane
 * @param {import("../gate/gate.js").Chunk[]} chunks
 * @returns {Dissection[]} oldest first
 */
export function dissect(lane, chunks) {
  return chunks.flatMap((chunk, index) => {
    if (chunk.direction !== "down" || !SHAPES[lane].test(chunk.bytes)) return [];
    const payload = onlyMessage(chunk.bytes);
    if (!payload) return [];
    const head = chunk.bytes.startsWith("HTTP/1.")
      ? chunk.bytes.indexOf(HEAD_END) + HEAD_END.length
      : 0;
    const start = chunk.bytes.indexOf(payload);
    const parts = [
      ...(head
        ? [
            part("request", requestBefore(chunks, index)),
            part("response", chunk.bytes.slice(0, head)),
          ]
        : []),
      part("framing", chunk.bytes.slice(head, start)),
      part("payload", payload),
      part("framing", chunk.bytes.slice(start + payload.length)),
    ];
    return [
      { key: keyOf(JSON.parse(textOfBytes(payload))), parts: parts.filter(({ bytes }) => bytes) },
    ];
  });
}

/**
 * Finds the newest message that is in the capture of every lane.
 * @param {Record<string, Dissection[]>} lanes
 * @returns {Record<string, Dissection> | undefined}
 */
export function newestInAll(lanes) {
  const [first, ...others] = Object.values(lanes);
  const shared = first.findLast(({ key }) =>
    others.every((found) => found.some((one) => one.key === key)),
  );
  if (!shared) return;
  const same = Object.entries(lanes).map(([lane, found]) => [
    lane,
    found.findLast(({ key }) => key === shared.key),
  ]);
  return Object.fromEntries(same);
}

/**
 * Finds the request that opened the newest captured stream, and its response headers.
 * @param {import("../gate/gate.js").Chunk[]} chunks
 * @returns {Part[] | undefined}
 */
export function opening(chunks) {
  const asked = chunks.findLastIndex(
    ({ direction, bytes }) => direction === "up" && /^GET \/(events|ws)\?/.test(bytes),
  );
  if (asked < 0) return;
  const { connection, bytes } = chunks[asked];
  const answer = chunks
    .slice(asked)
    .find((chunk) => chunk.connection === connection && chunk.direction === "down");
  const end = answer?.bytes.indexOf(HEAD_END) ?? -1;
  if (!answer || end < 0) return;
  return [part("request", bytes), part("response", answer.bytes.slice(0, end + HEAD_END.length))];
}

/**
 * Returns the number of bytes of each part.
 * @param {Part[]} parts
 * @returns {Record<Name, number>} bytes of each kind
 */
export function sizes(parts) {
  const sums = { request: 0, response: 0, framing: 0, payload: 0 };
  for (const { name, bytes } of parts) sums[name] += bytes.length;
  return sums;
}

/** @param {Name} name @param {string} bytes @returns {Part} */
const part = (name, bytes) => ({ name, bytes });

/**
 * Returns the request that this response belongs to: the client's last write on the connection
 * before it.
 * @param {import("../gate/gate.js").Chunk[]} chunks @param {number} index
 */
function requestBefore(chunks, index) {
  const { connection } = chunks[index];
  const asked = chunks
    .slice(0, index)
    .findLast((chunk) => chunk.connection === connection && chunk.direction === "up");
  return asked?.bytes ?? "";
}

/**
 * @param {string} bytes
 * @returns {string | undefined} undefined if there are none or several, or its end was not captured
 */
function onlyMessage(bytes) {
  const found = [...bytes.matchAll(MESSAGE)];
  return found.length === 1 ? json(bytes, found[0].index) : undefined;
}

/** Returns the JSON object that starts there. @param {string} text @param {number} start */
function json(text, start) {
  let [depth, inString] = [0, false];
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (inString && character === "\\") index += 1;
    else if (character === '"') inString = !inString;
    else if (!inString && character === "{") depth += 1;
    else if (!inString && character === "}" && (depth -= 1) === 0)
      return text.slice(start, index + 1);
  }
  return undefined;
}

// Bytes as readable text: line ends and everything outside printable ASCII are made visible.

/** @type {Record<string, string>} */
const LINE_ENDS = { "\r": "\\r", "\n": "\\n\n" };

/** @param {string} bytes one character per byte */
const textOfBytes = (bytes) =>
  new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));

/**
 * @param {string} bytes one character per byte
 * @returns {string} non-ASCII bytes in hexadecimal
 */
export function printable(bytes) {
  return bytes.replace(
    /[^\x20-\x7e]/g,
    (byte) => LINE_ENDS[byte] ?? `‹${byte.charCodeAt(0).toString(16).padStart(2, "0")}›`,
  );
}
