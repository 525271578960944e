// Bytes as readable text: line ends and everything outside printable ASCII are made visible.

const LINE_ENDS = { "\r": "\\r", "\n": "\\n\n" };

/** @param {string} bytes one character per byte */
export const textOfBytes = (bytes) =>
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
