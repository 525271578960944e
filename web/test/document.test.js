// The document itself: every reference within it has exactly one target.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const html = readFileSync(new URL("../index.html", import.meta.url), "utf8");
const values = (pattern) => [...html.matchAll(pattern)].flatMap(([, value]) => value.split(" "));
const ids = values(/ id="([^"]*)"/g);

test("no id is used twice", () => {
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
});

test("labels, descriptions and links have a target", () => {
  const references = values(/ (?:for|aria-labelledby|aria-describedby|aria-controls)="([^"]*)"/g);
  const links = values(/ href="#([^"]*)"/g);
  assert.deepEqual(
    [...references, ...links].filter((id) => !ids.includes(id)),
    [],
  );
});

test("sections are closed and not nested", () => {
  let depth = 0;
  for (const [tag] of html.matchAll(/<\/?section[^>]*>/g)) {
    if (tag.includes("data-section")) assert.equal(depth, 0, tag);
    depth += tag.startsWith("</") ? -1 : 1;
  }
  assert.equal(depth, 0);
});

test("nothing is loaded from elsewhere, and no inline code or style is used", () => {
  assert.deepEqual(values(/ (?:src|href)="((?:https?:)?\/\/[^"]*)"/g), []);
  assert.deepEqual(html.match(/ style="| on[a-z]+="|<script>/g), null);
});

test("the first paint waits until the first screen is parsed", () => {
  const [expected] = values(/<link rel="expect" href="#([^"]*)" blocking="render">/g);
  assert.ok(ids.includes(expected), String(expected));
  // A document that is parsed in parts would otherwise show half of the bar, which then moves.
  assert.ok(html.indexOf(`id="${expected}"`) > html.indexOf("</form>"));
});
