// Lines of scripts and style sheets have at most 100 columns.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const MAX_COLUMNS = 100;
const WEB = new URL("../", import.meta.url);

/** @param {string} folder */
function filesIn(folder) {
  const names = readdirSync(new URL(folder, WEB), { recursive: true, encoding: "utf8" });
  return names.filter((name) => /\.(js|css)$/.test(name)).map((name) => `${folder}${name}`);
}

/** @param {string} name @returns {string[]} */
function longLinesOf(name) {
  const lines = readFileSync(new URL(name, WEB), "utf8").split("\n");
  const numbered = lines.map((line, index) => ({ length: [...line].length, at: index + 1 }));
  return numbered.filter(({ length }) => length > MAX_COLUMNS).map(({ at }) => `${name}:${at}`);
}

test("no line is longer than 100 columns", () => {
  const files = ["js/", "css/", "test/", "tools/", "npm/examples/", "npm/test/"].flatMap(filesIn);
  assert.ok(files.length > 120, String(files.length));
  assert.deepEqual(files.flatMap(longLinesOf), []);
});
