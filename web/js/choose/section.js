// The section "Which one?": the form of needs, the table of reasons, and the measurement that
// includes the latency target.

import { within } from "../page/settings.js";
import { answerOf, decide, decides, isSamePlan, planFor } from "./decide.js";
import { costsOf } from "./cost.js";
import { LIMITS, PRESETS, readNeeds, writeNeeds } from "./needs.js";
import { RECORDED } from "./recorded-costs.js";
import { cloneTemplate, find, show } from "../ui/dom.js";
import { lookAt } from "../claims/section.js";

/** @typedef {import("./needs.js").Needs} Needs */

const LANES = /** @type {const} */ (["longpoll", "sse", "ws"]);
const GRADES = { fits: "✓", costs: "△", fails: "✕" };

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { runner, store }) {
  const form = find(root, "form");
  let needs = readNeeds(store.settings.needs);
  /** @type {import("../claims/page-evidence.js").Lanes | undefined} */
  let measured;
  let costs = RECORDED;
  const draw = () => drawDecision(root, decide(needs, measured, costs), needs, costs);
  const choose = (/** @type {Needs} */ chosen) => {
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
  store.addEventListener("run", () => {
    costs = { ...RECORDED, ...(store.run && costsOf(store.run)) };
    draw();
  });
  /** @type {NodeListOf<HTMLElement>} */
  const presets = root.querySelectorAll("[data-preset]");
  for (const button of presets)
    button.addEventListener("click", () => choose(PRESETS[button.dataset.preset ?? ""]));
  fill(form, needs);
  draw();
  form.addEventListener("change", () => choose(read(form, needs)));
  form.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
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

/** @param {any} form whose elements have the names of the needs @param {Needs} needs */
function fill(form, needs) {
  for (const [name, value] of Object.entries(needs))
    form.elements[name].value = typeof value === "number" ? Number(value.toPrecision(3)) : value;
}

/** @param {any} form @param {Needs} before @returns {Needs} */
function read(form, before) {
  const entries = Object.entries(before).map(([name, was]) => {
    const { value } = form.elements[name];
    return [name, LIMITS[name] ? (within(LIMITS[name], value) ?? was) : value];
  });
  return /** @type {Needs} */ (Object.fromEntries(entries));
}

/**
 * @param {HTMLElement} root
 * @param {import("./decide.js").Decision} decision
 * @param {Needs} needs
 * @param {import("./cost.js").Costs} costs
 */
function drawDecision(root, decision, needs, costs) {
  show(find(root, '[data-field="answer"]'), answerOf(decision, needs, costs));
  show(find(root, '[data-field="costs"]'), costs.from);
  show(find(root, '[type="submit"]'), `Measure it, ${planFor(needs).duration} s`);
  root.dataset.best = decision.best;
  const rows = (/** @type {typeof decides} */ of) => decision.reasons.filter(of).map(reason);
  find(root, '[data-field="reasons"]').replaceChildren(...rows(decides));
  find(root, '[data-field="others"]').replaceChildren(...rows((row) => !decides(row)));
}

/** @param {import("./reasons.js").Reason} reason */
function reason({ title, of }) {
  const part = cloneTemplate("reason");
  show(find(part, "th"), title);
  part.querySelectorAll("td").forEach((cell, index) => judge(cell, of[LANES[index]]));
  return part;
}

/** @param {HTMLElement} cell @param {import("./reasons.js").Judgement} judgement */
function judge(cell, { grade, why }) {
  cell.dataset.grade = grade;
  const [sign, words] = cell.children;
  show(sign, GRADES[grade]);
  sign.ariaLabel = `${grade}:`;
  show(words, why);
}
