// What visitors load stays small: the page as scripts/pack writes it, compressed.

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
execFileSync(new URL("../../scripts/pack", import.meta.url).pathname, [packed], { stdio: "inherit" });

const read = (name) => readFileSync(join(packed, name), "utf8");
/** What the document asks for, and what that imports. */
const asked = [...read("index.html").matchAll(/(?:src|href)="([\w./-]+\.(?:js|css))"/g)].map(([, name]) => name);

for (const [kind, most] of Object.entries(MOST)) {
  test(`all ${kind} that a visitor loads is at most ${most} bytes, compressed`, (context) => {
    const files = asked.filter((name) => name.endsWith(`.${kind}`));
    const sizes = files.map((name) => gzipSync(read(name), { level: 9 }).length);
    const sum = sizes.reduce((sum, size) => sum + size, 0);
    context.diagnostic(`${sum} bytes: ${files.map((name, index) => `${name} ${sizes[index]}`).join(", ")}`);
    assert.ok(sum > 0 && sum <= most, `${sum} bytes`);
  });
}

test("nothing is loaded that the document does not reference", () => {
  const code = asked.filter((name) => name.endsWith(".js")).map(read).join("");
  const imports = [...code.matchAll(/(?:from|import)\s*"(.*?)"/g)].map(([, path]) => join("js", path));
  assert.deepEqual([...new Set(imports)], ["js/faults/clients.js"]);
  // Of what is computed nobody can say whether it is there.
  assert.doesNotMatch(code, /\bimport\(/);
});

test("the packed client is one file and delivers messages", async () => {
  // By this ending it is a module for every Node, in a directory without a package.json.
  const alone = join(packed, "alone.mjs");
  copyFileSync(join(packed, "js/trilane.js"), alone);
  const { connect } = await import(alone);
  const service = new Service();
  service.publish("one");
  const connection = connect({ url: "http://service", after: "0", ...service.platform });
  const [{ detail }] = await once(connection, "message");
  connection.close();
  assert.equal(detail.message, "one");
});
