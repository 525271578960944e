// The report: what was measured here or read from a file, as a table with its environment, to take along; and two runs
// beside each other.

import { compareRuns } from "../bench/compare.js";
import { asCsv, asJson, asMarkdown } from "../bench/export.js";
import { placeOf } from "../bench/place.js";
import { nameOf, parseRun, runOf } from "../bench/run.js";
import { environmentOf, HEADINGS, rowsOf, withInterval } from "../bench/table.js";
import { asCards } from "../views/cards.js";
import { copy, save } from "../views/copy.js";
import { find, show } from "../views/dom.js";
import { lanesPicture } from "../views/picture.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { laboratory, store }) {
  /** @type {import("../bench/run.js").Run[]} */
  let files = [];
  const place = placeOf();
  const own = async () => runOf(laboratory.place ?? (await place), measuredBy(laboratory));
  const shown = async () => files[0] ?? (await own());
  const draw = async () => (files.length === 2 ? drawComparison(root, files[0], files[1]) : drawRun(root, await shown()));
  const open = async (list) => {
    const said = find(root, '[data-field="said"]');
    const before = files;
    try {
      const texts = await Promise.all([...list].map((file) => file.text()));
      files = [...files, ...texts.map(parseRun)].slice(-2);
      await draw();
      show(said, files.length === 2 ? "Two runs, compared." : "A run from a file. Drop another one to compare them.");
    } catch (/** @type {any} */ error) {
      // What cannot be drawn would stand in the way of every later drawing.
      files = before;
      await draw();
      show(said, error.message);
    }
    find(root, '[data-action="clear"]').hidden = !files.length;
  };

  const act = {
    markdown: async (button) => copy(button, asMarkdown(await shown())),
    csv: async (button) => copy(button, asCsv(await shown())),
    json: async () => save("trilane.json", new Blob([asJson(await shown())], { type: "application/json" })),
    png: async () => save("trilane-lanes.png", await lanesPicture(store)),
    clear: (button) => {
      files = [];
      button.hidden = true;
      show(find(root, '[data-field="said"]'), "");
      draw();
    },
  };
  for (const [action, run] of Object.entries(act)) {
    const button = find(root, `[data-action="${action}"]`);
    button.addEventListener("click", () => run(button));
  }
  find(root, '[data-field="file"]').addEventListener("change", ({ target }) => open(target.files));
  dropping(root, open);
  laboratory.addEventListener("change", draw);
}

/** @param {import("../experiments/laboratory.js").Laboratory} laboratory */
const measuredBy = ({ results }) => [...results.values()].flatMap(({ lanes }) => Object.values(lanes ?? {}));

function dropping(root, open) {
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    open(event.dataTransfer?.files ?? []);
  });
}

/** @param {HTMLElement} root @param {import("../bench/run.js").Run} run */
function drawRun(root, run) {
  const isEmpty = !run.series.length;
  show(find(root, '[data-field="caption"]'), isEmpty ? "Nothing was measured here yet." : `Measured on ${run.environment.date.slice(0, 10)}; [lower, upper] is a 95 % interval over repetitions.`);
  table(root, isEmpty ? [] : HEADINGS, rowsOf(run));
  environment(root, isEmpty ? [] : environmentOf(run));
}

function drawComparison(root, first, second) {
  const rows = compareRuns(first, second).map(({ scenario, figure, unit, first, second, outcome }) => {
    const { experiment, who, how } = nameOf(scenario);
    return [experiment, who, how, `${figure}${unit && `, ${unit}`}`, withInterval(first), withInterval(second), outcome];
  });
  const dates = [first, second].map(({ environment: { date } }) => date);
  show(find(root, '[data-field="caption"]'), rows.length ? `The run of ${dates[0]} against that of ${dates[1]}.` : "The two runs have no scenario in common.");
  table(root, rows.length ? ["Experiment", "Transport", "Conditions", "Figure", "First", "Second", "First is"] : [], rows);
  environment(root, [...environmentOf(first), ...environmentOf(second)]);
}

function table(root, headings, rows) {
  const line = (cells, tag) => {
    const tr = document.createElement("tr");
    tr.append(...cells.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
    return tr;
  };
  const head = headings.length ? [line(headings, "th")] : [];
  for (const th of head[0]?.cells ?? []) th.scope = "col";
  find(root, '[data-field="table"] thead').replaceChildren(...head);
  find(root, '[data-field="table"] tbody').replaceChildren(...rows.map((cells) => line(cells, "td")));
  asCards(find(root, '[data-field="table"]'));
}

function environment(root, pairs) {
  const nodes = pairs.map(([name, value]) => {
    const div = document.createElement("div");
    div.append(Object.assign(document.createElement("dt"), { textContent: name }), Object.assign(document.createElement("dd"), { textContent: value }));
    return div;
  });
  find(root, '[data-field="environment"]').replaceChildren(...nodes);
}
