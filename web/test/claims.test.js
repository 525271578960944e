// index.html contains the claims of claims.json with the results of recorded-claims.json, so that
// they can be read without a script. `UPDATE=1 node --test web/test/claims.test.js` updates them.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { markup } from "./claims-markup.js";

const PAGE = new URL("../index.html", import.meta.url);
const CLAIMS = /(<!-- claims.json -->\n)[^]*?( *<!-- end of claims.json -->)/;

test("the page contains the claims of the file", () => {
  const read = (name) =>
    JSON.parse(readFileSync(new URL(`../${name}.json`, import.meta.url), "utf8"));
  const claims = read("claims");
  const page = readFileSync(PAGE, "utf8");
  assert.match(page, CLAIMS);
  const whole = page.replace(
    CLAIMS,
    (_, begin, end) => begin + markup(claims, read("recorded-claims")) + end,
  );
  if (process.env.UPDATE) writeFileSync(PAGE, whole);
  else
    assert.ok(
      page === whole,
      "index.html is not what claims.json says: UPDATE=1 node --test web/test/claims.test.js",
    );
});
