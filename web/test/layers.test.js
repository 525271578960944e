// The import graph of web/js: no cycles, no dangling paths, and a client that depends on nothing of
// the page.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../js/", import.meta.url));
const IMPORT = /^(?:import|export) [^;]*?from "(\.[^"]+)";|^import "(\.[^"]+)";/gm;
const TYPE_IMPORT = /import\("(\.[^"]+)"\)/g;

/** @typedef {Map<string, string[]>} Graph  the modules that each module imports */

const modules = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".js"),
);

/** @param {string} name @param {RegExp} pattern */
function importsOf(name, pattern) {
  const source = readFileSync(join(ROOT, name), "utf8");
  const paths = [...source.matchAll(pattern)].map(([, path, bare]) => path ?? bare);
  return paths.map((path) => relative(ROOT, join(ROOT, dirname(name), path)));
}

/** @type {Graph} */
const graph = new Map(modules.map((name) => [name, importsOf(name, IMPORT)]));

/**
 * Returns the first import cycle as a path that ends where it begins, or `undefined`.
 * @param {Graph} graph
 * @returns {string[] | undefined}
 */
function cycleIn(graph) {
  const done = new Set();
  const search = (name, path) => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const cycle = search(next, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const cycle = search(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}

test("a cycle is found with its path", () => {
  assert.deepEqual(
    cycleIn(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["b"]],
      ]),
    ),
    ["b", "c", "b"],
  );
  assert.equal(
    cycleIn(
      new Map([
        ["a", ["b", "c"]],
        ["b", ["c"]],
        ["c", []],
      ]),
    ),
    undefined,
  );
});

test("modules import each other without cycles", () => {
  assert.ok(graph.size > 50 && graph.get("main.js")?.includes("page.js"));
  assert.deepEqual(cycleIn(graph), undefined);
});

test("every import, also of a type, names a file", () => {
  const imports = modules.flatMap((name) =>
    [...importsOf(name, IMPORT), ...importsOf(name, TYPE_IMPORT)].map((path) => [name, path]),
  );
  assert.deepEqual(
    imports.filter(([, path]) => !existsSync(join(ROOT, path))),
    [],
  );
});

test("every imported name is exported", () => {
  const wrong = modules.flatMap((name) => {
    const source = readFileSync(join(ROOT, name), "utf8");
    return [...source.matchAll(/^import \{([^}]*)\} from "(\.[^"]+)";/gm)].flatMap(
      ([, names, path]) => {
        const target = readFileSync(join(ROOT, dirname(name), path), "utf8");
        const imported = names.split(",").map((part) => part.trim().split(" as ")[0]);
        return imported
          .filter((part) => part && !exports(target, part))
          .map((part) => `${name}: ${part} of ${path}`);
      },
    );
  });
  assert.deepEqual(wrong, []);
});

/** @param {string} source @param {string} name */
function exports(source, name) {
  const declared = new RegExp(`^export (?:async )?(?:const|class|function\\*?) ${name}\\b`, "m");
  const reexported = new RegExp(`^export \\{[^}]*\\b${name}\\b`, "m");
  return declared.test(source) || reexported.test(source);
}

test("the client imports nothing of the page", () => {
  const client = modules.filter((name) => name.startsWith("trilane"));
  assert.ok(client.length > 10);
  for (const name of client)
    assert.deepEqual(
      graph.get(name)?.filter((path) => !path.startsWith("trilane/")),
      [],
      name,
    );
});
