// The page and the client's package are checked by the same compiler, which lets nothing pass.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const text = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const compilerIn = (path) => JSON.parse(text(path)).packages["node_modules/typescript"].version;

test("the page and the client's package have one version of the compiler", () => {
  assert.equal(compilerIn("../package-lock.json"), compilerIn("../npm/package-lock.json"));
});

test("all modules of the page are checked strictly", () => {
  const { compilerOptions, include, exclude } = JSON.parse(text("../tsconfig.json"));
  assert.ok(compilerOptions.strict && compilerOptions.checkJs);
  assert.deepEqual([include, exclude], [["js"], undefined]);
  const tools = JSON.parse(text("../tools/tsconfig.json"));
  assert.deepEqual([tools.extends, tools.include], ["../tsconfig.json", ["."]]);
  const tests = JSON.parse(text("tsconfig.json"));
  assert.deepEqual(tests, { extends: "../tools/tsconfig.json", include: ["."] });
});

test("no module suppresses an error of the compiler", () => {
  const how = /** @type {const} */ ({ recursive: true, encoding: "utf8" });
  const names = readdirSync(new URL("../js", import.meta.url), how);
  const modules = names.filter((name) => name.endsWith(".js"));
  assert.ok(modules.length > 50);
  const silent = modules.filter((name) => /@ts-/.test(text(`../js/${name}`)));
  assert.deepEqual(silent, []);
});
