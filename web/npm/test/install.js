// Makes a project of a user of the package: the tarball as npm packs it, the examples, and those
// of docs/client.md, all compiled with strict types. It is in a folder of its own, `project`, and
// finds React, Vue and the compiler in the folder above.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PACKAGE = new URL("../", import.meta.url);
const PROJECT = new URL("project/", PACKAGE);
const CLIENT = new URL("../../docs/client.md", PACKAGE);

const path = (/** @type {string} */ name, base = PROJECT) => fileURLToPath(new URL(name, base));
const run = (/** @type {string} */ program, /** @type {string[]} */ args, cwd = PROJECT) =>
  execFileSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });

const compilerOptions = {
  strict: true,
  target: "es2022",
  module: "nodenext",
  lib: ["es2022", "dom", "dom.iterable"],
  types: ["node"],
  jsx: "react-jsx",
  allowJs: true,
  checkJs: true,
  rootDir: ".",
  outDir: "out",
};

/** Writes the examples of the document as files. */
function writeDocumented() {
  const document = readFileSync(CLIENT, "utf8");
  const examples = [...document.matchAll(/^```(?:js|ts)\n(.*?)^```/gms)].map(([, text]) => text);
  const ours = examples.filter((text) => text.includes('from "trilane"'));
  const yours = "declare function reloadEverything(): void;\n";
  ours.forEach((text, index) =>
    writeFileSync(new URL(`documented-${index}.ts`, PROJECT), yours + text),
  );
  if (ours.length < 2) throw new Error("docs/client.md has too few examples");
}

rmSync(PROJECT, { recursive: true, force: true });
mkdirSync(new URL("node_modules", PROJECT), { recursive: true });
run("npm", ["pack", "--silent", "--pack-destination", path("")], PACKAGE);
run("sh", ["-c", "tar -xzf trilane-*.tgz -C node_modules"]);
renameSync(path("node_modules/package"), path("node_modules/trilane"));
cpSync(path("examples", PACKAGE), path("."), { recursive: true });
cpSync(path("test/wrong.ts", PACKAGE), path("wrong/wrong.ts"));
writeDocumented();
writeFileSync(path("package.json"), JSON.stringify({ type: "module", private: true }));
writeFileSync(
  path("tsconfig.json"),
  JSON.stringify({ compilerOptions, exclude: ["out", "wrong", "node_modules"] }),
);
run(path("node_modules/.bin/tsc", PACKAGE), ["--project", path("tsconfig.json")]);
