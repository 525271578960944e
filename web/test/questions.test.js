// The questions: each has a link to itself and something to try, and its figures are those of the
// results.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { matches, stemsOf } from "../js/questions/section.js";
import { figuresIn, updated, wrongWith } from "../tools/claims/figures-in-text.js";
import { published } from "../tools/claims/published.js";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const html = read("web/index.html");
const questions = [...html.matchAll(/<details id="question-([^"]*)">([^]*?)<\/details>/g)].map(
  ([, id, text]) => ({ id, text }),
);

test("each question has a link to itself and something to try", () => {
  assert.ok(questions.length >= 20);
  for (const { id, text } of questions) {
    const tries = text.match(/<p class="try">([^]*?)<\/p>/)?.[1] ?? "";
    const targets = [...tries.matchAll(/href="#([^"]*)"/g)].map(([, target]) => target);
    assert.equal(targets.pop(), `question-${id}`);
    assert.ok(targets.length || tries.includes("<code>"), id);
    assert.deepEqual(
      targets.filter((target) => !html.includes(` id="${target}"`)),
      [],
      id,
    );
  }
});

test("commands name subcommands and experiments of the lab", () => {
  const commands = [...html.matchAll(/<code>cargo lab ([a-z]+)(.*?)<\/code>/g)];
  const variants = [...read("lab/cli/src/lib.rs").matchAll(/Command::([A-Z][a-z]+)\(/g)].map(
    ([, name]) => name.toLowerCase(),
  );
  const experiments = [
    ...read("lab/bench/src/experiments/mod.rs").matchAll(
      /(?:const [A-Z_]+: &str =|name:) "([a-z-]+)"/g,
    ),
  ].map(([, name]) => name);
  assert.ok(commands.length && variants.includes("bench") && experiments.includes("rate"));
  for (const [command, name, rest] of commands) {
    assert.ok(variants.includes(name), command);
    const only = rest.match(/--only ([a-z,-]+)/)?.[1].split(",") ?? [];
    assert.deepEqual(
      only.filter((experiment) => !experiments.includes(experiment)),
      [],
      command,
    );
  }
});

const result = () => JSON.parse(readFileSync(published().from ?? "", "utf8"));

test("figures in answers are those of the latest result", () => {
  const figures = questions.flatMap(({ text }) => figuresIn(text));
  assert.equal(figures.length, html.split("<data ").length - 1);
  const wrong = figures.flatMap((figure) => wrongWith(figure, result()));
  assert.equal(wrong.join("\n"), "", "web/index.html, each figure with what it is now");
});

test("a figure of another result or series is detected", () => {
  const [figure] = figuresIn(
    '<data data-of="idle sse usual" data-figure="memory" value="645">645 bytes</data>',
  );
  const idle = {
    scenario: { experiment: "idle", transport: "sse", manner: "usual", load: { "in-flight": 1 } },
  };
  const resultOf = (value) => ({
    series: [{ ...idle, figures: [{ name: "memory", estimate: { value } }] }],
  });
  assert.deepEqual(wrongWith(figure, resultOf(645.4)), []);
  assert.match(
    wrongWith(figure, resultOf(702.3))[0],
    /idle sse usual, memory: value="645" is now "702"/,
  );
  assert.match(wrongWith({ ...figure, text: "640 bytes" }, resultOf(645.4))[0], /says "640 bytes"/);
  assert.match(
    wrongWith({ ...figure, value: "6450", text: "7 seconds" }, resultOf(6452))[0],
    /says "7 seconds"/,
  );
  assert.match(wrongWith({ ...figure, of: "idle ws usual" }, resultOf(645.4))[0], /no such series/);
});

test("figures in digits follow a new result, and those in words are left to a person", () => {
  const figure = (value, text) =>
    `<data data-of="rate ws usual 50" data-figure="p50" value="${value}">${text}</data>`;
  const scenario = { experiment: "rate", transport: "ws", manner: "usual" };
  const series = {
    scenario: { ...scenario, load: { "per-second": 50 } },
    figures: [{ name: "p50", estimate: { value: 4_321.9 } }],
  };
  const old = [figure("1", "1.0 ms"), figure("14300", "14 seconds"), figure("2", "much")];
  const now = updated(old.join(" "), { series: [series] });
  const words = ["4320.0 ms", "4 seconds", "much"];
  assert.equal(now, words.map((text) => figure("4320", text)).join(" "));
  for (const found of figuresIn(now))
    assert.deepEqual(wrongWith(found, { series: [series] }), []);
  assert.equal(updated(old[0], { series: [] }), old[0]);
});

test("words are found in any inflection, from their start", () => {
  const has = (text, query) => matches(text, stemsOf(query));
  for (const query of ["lost messages", "Loses MESSAGE", "losing", "mess", "", "loss, if"])
    assert.ok(has("What if it lost a message?", query), query);
  for (const query of ["lost polls", "sage"])
    assert.ok(!has("What if it lost a message?", query), query);
  const found = (query) =>
    questions.filter(({ text }) => has(text.replace(/<[^>]*>/g, " "), query)).length;
  assert.ok(found("lost messages") > 1);
  assert.equal(found("seventh tab"), 1);
});
