// The section "Report": the results of this page or of a file, to read, compare and export.

import { asCsv, asJson, asMarkdown } from "./export.js";
import { describeSetup } from "./setup.js";
import { parseRun, runOf } from "./run.js";
import { LatestWins } from "../shared/latest-wins.js";
import { copyText, save } from "../ui/copy.js";
import { find, show } from "../ui/dom.js";
import { dropZone } from "./drop-zone.js";
import { lanesPicture } from "../lanes/view/image.js";
import { drawReport } from "./view.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { runner, store }) {
  /** @type {import("./run.js").Run[]} the two latest files */
  let files = [];
  const [setup, latest] = [describeSetup(), new LatestWins()];
  const [status, clear] = [find(root, '[data-field="said"]'), find(root, '[data-action="clear"]')];
  const own = async () => runOf(runner.place ?? (await setup), measuredBy(runner));
  const shown = async () => files[0] ?? (await own());
  const attempt = (doing) => doing.catch((/** @type {any} */ { message }) => show(status, message));
  // A file that is dropped while the setup is still unknown must not be replaced by the page's own
  // results.
  const draw = async () => {
    const run = await latest.query(own());
    if (run) drawReport(root, run, files);
  };
  const choose = (list, words) => {
    files = list;
    show(status, words);
    clear.hidden = !files.length;
    return draw();
  };
  const open = async (list) => {
    const texts = await Promise.all(list.map((file) => file.text()));
    const all = [...files, ...texts.map(parseRun)].slice(-2);
    await choose(
      all,
      all.length === 2
        ? "Two runs, compared."
        : "A run from a file, beside the results of this page. Drop another file to compare " +
            "the two.",
    );
  };

  const act = {
    markdown: async (button) => copyText(button, asMarkdown(await shown())),
    csv: async (button) => copyText(button, asCsv(await shown())),
    json: async () =>
      save("trilane.json", new Blob([asJson(await shown())], { type: "application/json" })),
    png: async () => save("trilane-lanes.png", await lanesPicture(store)),
    clear: () => choose([], ""),
  };
  for (const [action, run] of Object.entries(act)) {
    const button = find(root, `[data-action="${action}"]`);
    button.addEventListener("click", () => attempt(run(button)));
  }
  dropZone(root, find(root, '[data-field="file"]'), (list) => attempt(open(list)));
  runner.addEventListener("change", () => attempt(draw()));
}

/** @param {import("../experiments/experiment-runner.js").ExperimentRunner} runner */
const measuredBy = ({ results }) =>
  [...results.values()].flatMap(({ lanes }) => Object.values(lanes ?? {}));
