// The section "Which one?": the form of needs, the table of reasons, and the measurement that
// includes the latency target.

import { within } from "../page/address.js";
import { answerOf } from "./answer.js";
import { decide } from "./decide.js";
import { FIRST, LIMITS, PRESETS, readNeeds, writeNeeds } from "./needs.js";
import { isSamePlan, planFor } from "./plan.js";
import { cell, find, row, show } from "../ui/dom.js";
import { lookAt } from "../claims/section.js";

const LANES = /** @type {const} */ (["longpoll", "sse", "ws"]);
const GRADES = { fits: "✓", costs: "△", fails: "✕" };
const SPOKEN = { fits: "fits", costs: "costs", fails: "fails" };

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { runner, store }) {
  const form = find(root, "form");
  let needs = readNeeds(store.settings.needs);
  let measured;
  const draw = () => drawDecision(root, decide(needs, measured), needs);
  const choose = (chosen) => {
    // A measurement with another rate or size does not apply.
    if (!isSamePlan(chosen, needs)) measured = undefined;
    needs = chosen;
    fill(form, needs);
    store.set({ needs: writeNeeds(needs) });
    draw();
  };

  store.addEventListener("settings", () => {
    const { needs: given } = store.settings;
    if (given !== undefined && given !== writeNeeds(needs)) choose(readNeeds(given));
  });
  presets(find(root, '[data-field="well-known"]'), choose);
  fill(form, needs);
  draw();
  form.addEventListener("change", () => choose(read(form, needs)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    lookAt("lanes");
    const measuring = needs;
    const { settings, seconds } = planFor(measuring);
    await runner.run("yours", { settings, seconds }, "choose");
    if (isSamePlan(measuring, needs)) measured = runner.results.get("yours")?.lanes;
    draw();
  });
  runner.addEventListener("change", () =>
    find(form, '[type="submit"]').toggleAttribute("disabled", Boolean(runner.running)),
  );
}

function presets(node, choose) {
  node.append(
    ...Object.entries(PRESETS).map(([name, { title, needs }]) => {
      const button = Object.assign(document.createElement("button"), {
        type: "button",
        textContent: title,
      });
      button.dataset.preset = name;
      button.addEventListener("click", () => choose(needs));
      return button;
    }),
  );
}

function fill(form, needs) {
  for (const [name, value] of Object.entries(needs))
    form.elements[name].value = typeof value === "number" ? Number(value.toPrecision(3)) : value;
}

function read(form, before) {
  const entries = Object.keys(FIRST).map((name) => {
    const { value } = form.elements[name];
    return [name, LIMITS[name] ? (within(LIMITS[name], value) ?? before[name]) : value];
  });
  return Object.fromEntries(entries);
}

function drawDecision(root, decision, needs) {
  show(find(root, '[data-field="answer"]'), answerOf(decision, needs));
  show(find(root, '[type="submit"]'), `Measure it, ${planFor(needs).duration} s`);
  root.dataset.best = decision.best;
  find(root, '[data-field="reasons"]').replaceChildren(...decision.reasons.map(reason));
}

function reason({ title, of }) {
  const head = Object.assign(cell(title, "row"), { role: "rowheader" });
  return Object.assign(row([head, ...LANES.map((name) => judged(of[name]))]), { role: "row" });
}

function judged({ grade, why }) {
  const td = Object.assign(cell(""), { role: "cell" });
  td.dataset.grade = grade;
  const sign = Object.assign(document.createElement("span"), {
    textContent: GRADES[grade],
    className: "sign",
    role: "img",
    ariaLabel: `${SPOKEN[grade]}:`,
  });
  td.append(sign, ` ${why}`);
  return td;
}
