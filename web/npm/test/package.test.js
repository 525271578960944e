// What `npm pack` makes: modules with types, no dependency, nothing else; and how large it is.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const PACKAGE = new URL("../project/node_modules/trilane/", import.meta.url);
const ROOT = new URL("../../../", import.meta.url);
// Minified in one file.
const MOST_BYTES = 9_000;

const read = (name, base = PACKAGE) => readFileSync(new URL(name, base), "utf8");
const files = readdirSync(PACKAGE, { recursive: true, encoding: "utf8", withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(fileURLToPath(PACKAGE).length))
  .map((name) => name.replace(/^\//, ""));

test("the package has modules with declarations, and nothing that is not needed", () => {
  const modules = files.filter((name) => name.endsWith(".js"));
  const declarations = files.filter((name) => name.endsWith(".d.ts"));
  const rest = files.filter((name) => !modules.includes(name) && !declarations.includes(name));
  assert.deepEqual(
    modules.map((name) => name.replace(/\.js$/, ".d.ts")).sort(),
    declarations.sort(),
  );
  assert.deepEqual(rest.sort(), ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"]);
  for (const name of modules)
    assert.doesNotMatch(read(name), /\brequire\(|module\.exports/, `${name} is not CommonJS`);
});

test("the package depends on nothing, and is used by its name", async () => {
  const { dependencies, peerDependencies, version } = JSON.parse(read("package.json"));
  assert.deepEqual([dependencies, peerDependencies], [undefined, undefined]);
  assert.match(read("Cargo.toml", ROOT), new RegExp(`^version = "${version}"$`, "m"));
  const script = "import('trilane').then((it) => console.log(Object.keys(it).join()))";
  const cwd = new URL("../project", import.meta.url);
  const names = execFileSync("node", ["--input-type=module", "--eval", script], { cwd });
  assert.equal(String(names).trim(), "PublishError,connect");
});

test("the client is as small as the documents say", (context) => {
  const options = ["--bundle", "--minify", "--format=esm"];
  const entry = fileURLToPath(new URL("dist/trilane.js", PACKAGE));
  const minified = execFileSync("esbuild", [...options, entry]);
  const size = gzipSync(minified, { level: 9 }).length;
  context.diagnostic(`${minified.length} bytes, ${size} compressed`);
  assert.ok(size <= MOST_BYTES, `${size} bytes`);
  for (const text of [read("README.md"), read("docs/client.md", ROOT)])
    assert.match(text, new RegExp(`less\\s+than\\s+${MOST_BYTES / 1000}\\s+kB`));
});
