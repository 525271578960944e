// The document itself: every reference within it has exactly one target.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FAULT_SCENARIOS } from "../js/faults/scenarios.js";
import { withLanes } from "../tools/claims/lanes.js";
import { present } from "./present.js";

const html = readFileSync(new URL("../index.html", import.meta.url), "utf8");
const values = (pattern) => [...html.matchAll(pattern)].flatMap(([, value]) => value.split(" "));
const ids = values(/ id="([^"]*)"/g);

test("no id is used twice", () => {
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
});

test("a section of a module is one element", () => {
  const names = values(/ data-section="([^"]*)"/g);
  assert.ok(names.length > 10);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
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
  assert.deepEqual(values(/ src="((?:https?:)?\/\/[^"]*)"/g), []);
  assert.deepEqual(values(/<link [^>]*href="((?:https?:)?\/\/[^"]*)"/g), []);
  assert.deepEqual(html.match(/ style="| on[a-z]+="|<script>/g), null);
});

test("the first paint waits until the first screen is parsed", () => {
  const [expected] = values(/<link rel="expect" href="#([^"]*)" blocking="render">/g);
  assert.ok(ids.includes(expected), String(expected));
  // A document that is parsed in parts would otherwise show half of the bar, which then moves.
  assert.ok(html.indexOf(`id="${expected}"`) > html.indexOf("</form>"));
});

test("the parts of each lane are as `cargo lab claims` writes them", () => {
  assert.equal(withLanes(html), html);
  assert.equal(withLanes(html.replace("one endless response", "a response")), html);
  assert.throws(() => withLanes(html.replace("<!-- end of numbers -->", "")), /numbers/);
});

test("each fault scenario has a row with its name", () => {
  const names = FAULT_SCENARIOS.map(({ name }) => name);
  assert.deepEqual(values(/<tr [^>]*data-scenario="([^"]*)"/g), names);
});

test("the footer states the version and the licence of the project", () => {
  const cargo = readFileSync(new URL("../../Cargo.toml", import.meta.url), "utf8");
  const [, version] = present(cargo.match(/^version = "(.*)"$/m));
  const [, licence] = present(cargo.match(/^license = "(.*)"$/m));
  const footer = html.slice(html.indexOf("<footer"));
  assert.ok(footer.includes(`Trilane ${version}, licensed under ${licence.replace("OR", "or")}.`));
});

test("every citation of a section of an RFC is a link to it", () => {
  const links = [...html.matchAll(/<a href="([^"]*)">RFC (\d+)(?: \(|, )([\d.]+)\)?<\/a>/g)];
  assert.ok(links.length >= 10, String(links.length));
  for (const [, url, number, part] of links)
    assert.equal(url, `https://www.rfc-editor.org/rfc/rfc${number}#section-${part}`);
  const text = html.replaceAll(/<a href="https:[^>]*>.*?<\/a>/g, "");
  assert.deepEqual(text.match(/RFC \d+(?: \(|, )\d[\d.]*/g), null);
});
