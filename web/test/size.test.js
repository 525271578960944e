// The size limits of the packed page, compressed: what loads before the lanes run, all that a
// visitor loads, and what is loaded only if it is needed.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Service } from "./fake-service.js";

const MOST = { js: 60_000, css: 12_000 };
const MOST_FIRST = 36_000;
/** Loaded while the lanes already run. */
const LATER = "js/sections.js";
/**
 * Loaded for an experiment, where there is a gate, where a service can be started, and for a stream
 * of tokens.
 */
const IF_NEEDED = ["js/kinds.js", "js/panel.js", "js/processes.js", "js/stream.js"];
const MOST_IF_NEEDED = 13_000;

const packed = mkdtempSync(join(tmpdir(), "trilane-page-"));
after(() => rmSync(packed, { recursive: true }));
execFileSync(new URL("../../scripts/pack", import.meta.url).pathname, [packed], {
  stdio: "inherit",
});

const read = (name) => readFileSync(join(packed, name), "utf8");
/** The scripts and style sheets that the document references. */
const referenced = [...read("index.html").matchAll(/(?:src|href)="([\w./-]+\.(?:js|css))"/g)].map(
  ([, name]) => name,
);

const sizeOf = (name) => gzipSync(read(name), { level: 9 }).length;

test(`the scripts that the lanes need are at most ${MOST_FIRST} bytes, compressed`, (context) => {
  const files = referenced.filter((name) => name.endsWith(".js") && name !== LATER);
  assert.equal(files.length, referenced.filter((name) => name.endsWith(".js")).length - 1);
  const sum = files.reduce((sum, name) => sum + sizeOf(name), 0);
  context.diagnostic(`${sum} bytes`);
  assert.ok(sum > 0 && sum <= MOST_FIRST, `${sum} bytes`);
});

for (const [kind, most] of Object.entries(MOST)) {
  test(`all ${kind} that a visitor loads is at most ${most} bytes, compressed`, (context) => {
    const files = referenced.filter((name) => name.endsWith(`.${kind}`));
    const sizes = files.map(sizeOf);
    const sum = sizes.reduce((sum, size) => sum + size, 0);
    context.diagnostic(
      `${sum} bytes: ${files.map((name, index) => `${name} ${sizes[index]}`).join(", ")}`,
    );
    assert.ok(sum > 0 && sum <= most, `${sum} bytes`);
  });
}

test(`what is loaded if it is needed is at most ${MOST_IF_NEEDED} bytes, compressed`, (context) => {
  const sum = IF_NEEDED.reduce((sum, name) => sum + sizeOf(name), 0);
  context.diagnostic(`${sum} bytes: ${IF_NEEDED.map((name) => `${name} ${sizeOf(name)}`)}`);
  assert.ok(sum <= MOST_IF_NEEDED, `${sum} bytes`);
});

test("nothing else is loaded than what the document references", () => {
  const scripts = referenced.filter((name) => name.endsWith(".js"));
  const code = [...scripts, ...IF_NEEDED].map(read).join("");
  /** @param {RegExp} pattern */
  const found = (pattern) => [...code.matchAll(pattern)].map(([, path]) => join("js", path));
  const known = [...scripts, ...IF_NEEDED];
  const imports = found(/(?:from|import)\s*\(?"(\.\/.*?)"/g);
  assert.deepEqual(
    [...new Set(imports)].filter((name) => !known.includes(name)),
    [],
  );
  // Each of these waits until it is needed.
  const waited = found(/\bimport\("(\.\/.*?)"/g).sort();
  assert.deepEqual(waited, [...IF_NEEDED, LATER].sort());
  assert.ok(imports.includes(LATER));
  // A computed path could not be checked.
  assert.doesNotMatch(code, /\bimport\((?!")/);
});

test("the packed files import only what another one exports", () => {
  const names = [...referenced, ...IF_NEEDED].filter((name) => /^js\/[\w-]+\.js$/.test(name));
  const listed = (code, pattern) =>
    [...code.matchAll(pattern)].flatMap(([, list, file]) =>
      list.split(",").map((part) => ({ part: part.split(" as "), file })),
    );
  const exported = new Map(
    names.map((name) => {
      const list = listed(read(name), /export\{([^{}]*)\}/g);
      return [name, new Set(list.map(({ part }) => part.at(-1)))];
    }),
  );
  const imports = /import\{([^{}]*)\}from"\.\/(.*?)"/g;
  const imported = names.flatMap((name) => listed(read(name), imports));
  assert.ok(imported.length > 50, String(imported.length));
  const missing = imported.filter(({ part, file }) => !exported.get(`js/${file}`)?.has(part[0]));
  assert.deepEqual(missing, []);
});

test("the packed client is one file and delivers messages", async (t) => {
  // Node treats .mjs as a module without a package.json.
  const alone = join(packed, "alone.mjs");
  copyFileSync(join(packed, "js/trilane.js"), alone);
  const { connect } = await import(alone);
  const service = new Service();
  service.publish("one");
  const connection = connect({ url: "http://service", after: "0", ...service.platform });
  t.after(() => connection.close());
  const [{ detail }] = await once(connection, "message");
  assert.equal(detail.message, "one");
});
