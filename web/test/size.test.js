// The size limits of the packed page, compressed.

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

for (const [kind, most] of Object.entries(MOST)) {
  test(`all ${kind} that a visitor loads is at most ${most} bytes, compressed`, (context) => {
    const files = referenced.filter((name) => name.endsWith(`.${kind}`));
    const sizes = files.map((name) => gzipSync(read(name), { level: 9 }).length);
    const sum = sizes.reduce((sum, size) => sum + size, 0);
    context.diagnostic(
      `${sum} bytes: ${files.map((name, index) => `${name} ${sizes[index]}`).join(", ")}`,
    );
    assert.ok(sum > 0 && sum <= most, `${sum} bytes`);
  });
}

test("nothing is loaded that the document does not reference", () => {
  const code = referenced
    .filter((name) => name.endsWith(".js"))
    .map(read)
    .join("");
  const imports = [...code.matchAll(/(?:from|import)\s*"(.*?)"/g)].map(([, path]) =>
    join("js", path),
  );
  assert.deepEqual([...new Set(imports)], ["js/faults/clients.js"]);
  // A computed path could not be checked.
  assert.doesNotMatch(code, /\bimport\(/);
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
