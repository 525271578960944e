// The links at the top: grouped, in the order of the page, in the words of the headings.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const html = readFileSync(new URL("../index.html", import.meta.url), "utf8");
const nav = html.slice(html.indexOf("<nav"), html.indexOf("</nav>"));
const links = [...nav.matchAll(/<a href="#([^"]*)">([^<]*)<\/a>/g)].map(([, id, text]) => ({
  id,
  text,
}));

test("the links have the words of the headings, in the order of the page", () => {
  const headings = [...html.matchAll(/<h2 id="(\w+)-title">([^<]*)<\/h2>/g)]
    .map(([, id, text]) => ({ id, text }))
    .filter(({ id }) => id !== "shortcuts");
  assert.deepEqual(
    links.map(({ id }) => id),
    headings.map(({ id }) => id),
  );
  for (const [index, { text }] of links.entries())
    assert.ok(headings[index].text.startsWith(text), `${text}: ${headings[index].text}`);
});

test("they are in three groups", () => {
  const groups = [...nav.matchAll(/<b>(\w+)<\/b>/g)].map(([, group]) => group);
  assert.deepEqual(groups, ["Understand", "Break", "Verify"]);
});

test("the colours of transports mean transports only", () => {
  const sheets = ["claims", "evidence", "break-it", "topology", "anatomy", "numbers"].map(
    (name) => [name, readFileSync(new URL(`../css/${name}.css`, import.meta.url), "utf8")],
  );
  // The bars of the storm are WebSockets.
  const uses = sheets.flatMap(([name, css]) =>
    [...css.matchAll(/([^{}]*)\{[^{}]*var\(--(?:longpoll|sse|ws)\)/g)].map(
      ([, selector]) => `${name}: ${selector.trim()}`,
    ),
  );
  assert.deepEqual(uses, ["break-it: .bars span"]);
});
