// What visitors load stays small.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const MOST = 60_000;

/** Documentation is for who reads the source, and no bundler takes it away: it is not counted. */
const code = (text) => text.replace(/\/\*\*[^]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

test("all scripts of the page are at most 60 kB, compressed and without comments", () => {
  const directory = new URL("../js", import.meta.url).pathname;
  const files = readdirSync(directory, { recursive: true }).map(String).filter((name) => name.endsWith(".js"));
  const size = gzipSync(files.map((name) => code(readFileSync(join(directory, name), "utf8"))).join(""), { level: 9 }).length;
  assert.ok(size <= MOST, `${size} bytes`);
});
