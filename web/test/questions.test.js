// The questions: each can be linked to, says what to try, and its figures stand in the documents.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const html = read("web/index.html");
const questions = [...html.matchAll(/<details id="question-([^"]*)">([^]*?)<\/details>/g)].map(([, id, text]) => ({ id, text }));

test("each question has a link to itself and something to try that is there", () => {
  assert.ok(questions.length >= 20);
  for (const { id, text } of questions) {
    const tries = text.match(/<p class="try">([^]*?)<\/p>/)?.[1] ?? "";
    const targets = [...tries.matchAll(/href="#([^"]*)"/g)].map(([, target]) => target);
    assert.equal(targets.pop(), `question-${id}`);
    assert.ok(targets.length || tries.includes("<code>"), id);
    assert.deepEqual(targets.filter((target) => !html.includes(` id="${target}"`)), [], id);
  }
});

test("commands of the lab are commands that it has, with experiments that it has", () => {
  const commands = [...html.matchAll(/<code>cargo lab ([a-z]+)(.*?)<\/code>/g)];
  const variants = [...read("lab/src/main.rs").matchAll(/Command::([A-Z][a-z]+)\(/g)].map(([, name]) => name.toLowerCase());
  const experiments = [...read("lab/src/bench/experiments.rs").matchAll(/const [A-Z_]+: &str = "([a-z-]+)"/g)].map(([, name]) => name);
  assert.ok(commands.length && variants.includes("bench") && experiments.includes("rate"));
  for (const [command, name, rest] of commands) {
    assert.ok(variants.includes(name), command);
    const only = rest.match(/--only ([a-z,-]+)/)?.[1].split(",") ?? [];
    assert.deepEqual(only.filter((experiment) => !experiments.includes(experiment)), [], command);
  }
});

test("a figure that an answer gives is one of a result", () => {
  const results = readdirSync(new URL("../../docs/results", import.meta.url)).sort();
  const cells = read("docs/benchmark.md").split("|").map((cell) => cell.trim().split(" [")[0]);
  const figures = questions.flatMap(({ text }) => [...text.matchAll(/<data value="([^"]*)">/g)].map(([, value]) => value));
  assert.ok(figures.length);
  assert.deepEqual(figures.filter((figure) => !cells.includes(figure)), []);
  assert.ok(html.includes(`measured on ${results.at(-1)?.slice(0, 10)}`), "the date of the latest result");
});
