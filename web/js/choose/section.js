// The section "Which one?": the form of needs, the table of reasons, and the measurement that
// includes the latency target.

import { within } from "../page/address.js";
import { decide } from "./decide.js";
import { FIRST, LIMITS, PRESETS, readNeeds, writeNeeds } from "./needs.js";
import { cell, find, row, show } from "../ui/dom.js";
import { NAMES } from "../ui/format.js";
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
    if (chosen.rate !== needs.rate || chosen.size !== needs.size) measured = undefined;
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
    const asked = needs;
    await runner.run(
      "yours",
      { settings: { rate: asked.rate, size: asked.size }, seconds: secondsFor(asked) },
      "choose",
    );
    if (asked.rate === needs.rate && asked.size === needs.size)
      measured = runner.results.get("yours")?.lanes;
    draw();
  });
  runner.addEventListener("change", () =>
    find(form, '[type="submit"]').toggleAttribute("disabled", Boolean(runner.running)),
  );
}

/** Long enough for a median, if the rate allows. */
const secondsFor = ({ rate }) => Math.min(30, Math.max(12, 25 / rate));

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

function drawDecision(root, { best, equal, reasons, grades }, needs) {
  const also = equal.length
    ? ` ${equal.map((name) => NAMES[name]).join(" and ")} ` +
      `${equal.length > 1 ? "score" : "scores"} the same but ` +
      `${equal.length > 1 ? "are" : "is"} more work.`
    : "";
  const measured = reasons.some(({ measured }) => measured)
    ? ""
    : ` A median latency of ${needs.target} ms has not been tested at this rate and size yet.`;
  const warning = grades[best].fails ? " But none of the three meets every requirement." : "";
  show(find(root, '[data-field="answer"]'), `${NAMES[best]}.${warning}${also}${measured}`);
  root.dataset.best = best;
  find(root, '[data-field="reasons"]').replaceChildren(...reasons.map(reason));
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
