// Makes the contents of the package: the client's modules, unchanged, and declarations from their
// JSDoc beside them. npm runs it before it packs.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

rmSync(here("dist"), { recursive: true, force: true });
cpSync(here("../js/trilane.js"), here("dist/trilane.js"));
cpSync(here("../js/trilane"), here("dist/trilane"), { recursive: true });
for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"])
  copyFileSync(here(`../../${licence}`), here(licence));
const declarations = ["--ignoreConfig", "--allowJs", "--declaration", "--emitDeclarationOnly"];
const platform = ["--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext"];
execFileSync(
  here("node_modules/.bin/tsc"),
  [...declarations, ...platform, "--outDir", here("dist"), here("../js/trilane.js")],
  { stdio: "inherit" },
);
