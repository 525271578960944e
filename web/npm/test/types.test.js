// Mistakes are reported where they are made. That the examples compile is tested by install.js.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const WRONG = path("../project/wrong/wrong.ts");
const STRICT = ["--ignoreConfig", "--strict", "--noEmit", "--target", "es2022", "--types", "node"];

/** Returns the compiler's output. @param {string[]} args */
function compile(...args) {
  const tsc = path("../node_modules/.bin/tsc");
  const { stdout } = spawnSync(tsc, [...STRICT, "--module", "nodenext", ...args], {
    encoding: "utf8",
  });
  return stdout;
}

test("each mistake is reported, and nothing else", () => {
  const lines = readFileSync(WRONG, "utf8").split("\n");
  const begin = lines.findIndex((line) => line.startsWith("connect("));
  const expected = [...lines.keys()].slice(begin).filter((at) => lines[at]);
  const reported = [...compile(WRONG).matchAll(/wrong\.ts\((\d+),/g)].map(([, at]) => at - 1);
  assert.deepEqual([...new Set(reported)], expected);
});

test("the types need no DOM in Node", () => {
  const example = [path("../project/node.js"), "--allowJs", "--checkJs"];
  assert.equal(compile("--lib", "es2022", ...example), "");
});
