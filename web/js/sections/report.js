// The report: what was measured here or read from a file, to look at, to compare and to take along.

import { asCsv, asJson, asMarkdown } from "../bench/export.js";
import { placeOf } from "../bench/place.js";
import { parseRun, runOf } from "../bench/run.js";
import { Order } from "../order.js";
import { copy, save } from "../views/copy.js";
import { find, show } from "../views/dom.js";
import { dropZone } from "../views/drop-zone.js";
import { lanesPicture } from "../views/picture.js";
import { drawReport } from "../views/report.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { laboratory, store }) {
  /** @type {import("../bench/run.js").Run[]} the two latest files */
  let files = [];
  const [place, order] = [placeOf(), new Order()];
  const [said, clear] = [find(root, '[data-field="said"]'), find(root, '[data-action="clear"]')];
  const own = async () => runOf(laboratory.place ?? (await place), measuredBy(laboratory));
  const shown = async () => files[0] ?? (await own());
  const attempt = (doing) => doing.catch((/** @type {any} */ { message }) => show(said, message));
  // A file that is dropped while the place is not known yet is not to be drawn over by what was measured here.
  const draw = async () => {
    const run = await order.look(own());
    if (run) drawReport(root, run, files);
  };
  const choose = (list, words) => {
    files = list;
    show(said, words);
    clear.hidden = !files.length;
    return draw();
  };
  const open = async (list) => {
    const texts = await Promise.all(list.map((file) => file.text()));
    const all = [...files, ...texts.map(parseRun)].slice(-2);
    await choose(all, all.length === 2 ? "Two runs, compared." : "A run from a file, beside the results of this page. Drop another file to compare the two.");
  };

  const act = {
    markdown: async (button) => copy(button, asMarkdown(await shown())),
    csv: async (button) => copy(button, asCsv(await shown())),
    json: async () => save("trilane.json", new Blob([asJson(await shown())], { type: "application/json" })),
    png: async () => save("trilane-lanes.png", await lanesPicture(store)),
    clear: () => choose([], ""),
  };
  for (const [action, run] of Object.entries(act)) {
    const button = find(root, `[data-action="${action}"]`);
    button.addEventListener("click", () => attempt(run(button)));
  }
  dropZone(root, find(root, '[data-field="file"]'), (list) => attempt(open(list)));
  laboratory.addEventListener("change", () => attempt(draw()));
}

/** @param {import("../experiments/laboratory.js").Laboratory} laboratory */
const measuredBy = ({ results }) => [...results.values()].flatMap(({ lanes }) => Object.values(lanes ?? {}));
