// The section "Report", and the files that it opens.

import { asCsv, asJson, asMarkdown, lanesPicture } from "./export.js";
import { describeSetup } from "../page/server.js";
import { parseRun, runOf } from "./run.js";
import { LatestWins } from "../shared/requests.js";
import { copyText, save } from "../ui/platform.js";
import { find, show } from "../ui/dom.js";
import { drawReport } from "./view.js";

// The section "Report": the results of this page or of a file, to read, compare and export.

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { runner, store, zoom, faultResults }) {
  /** @type {import("./run.js").Run[]} the two latest files */
  let files = [];
  const [setup, latest] = [describeSetup(), new LatestWins()];
  const [status, clear] = [find(root, '[data-field="said"]'), find(root, '[data-action="clear"]')];
  const own = async () => runOf(runner.place ?? (await setup), measuredBy(runner));
  const shown = async () => files[0] ?? (await own());
  const attempt = (/** @type {Promise<unknown>} */ doing) =>
    doing.catch((/** @type {Error} */ { message }) => show(status, message));
  // A file that is dropped while the setup is still unknown must not be replaced by the page's own
  // results.
  const draw = async () => {
    const run = await latest.query(own());
    if (run) drawReport(root, run, files);
  };
  /** @param {typeof files} list @param {string} words */
  const choose = (list, words) => {
    files = list;
    store.open(files.at(-1));
    show(status, words);
    clear.hidden = !files.length;
    return draw();
  };
  const open = async (/** @type {File[]} */ list) => {
    const texts = await Promise.all(list.map((file) => file.text()));
    const others = texts.filter((text) => !faultResults.open(text));
    if (!others.length) return show(status, "The failure matrix of another browser.");
    const all = [...files, ...others.map(parseRun)].slice(-2);
    await choose(
      all,
      all.length === 2
        ? "Two runs, compared."
        : "A run from a file, beside the results of this page. Drop another file to compare " +
            "the two.",
    );
  };

  /** @type {Record<string, (button: HTMLElement) => Promise<unknown>>} */
  const act = {
    markdown: async (button) => copyText(button, asMarkdown(await shown())),
    csv: async (button) => copyText(button, asCsv(await shown())),
    json: async () =>
      save("trilane.json", new Blob([asJson(await shown())], { type: "application/json" })),
    png: async () => save("trilane-lanes.png", await lanesPicture(store, zoom.span)),
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

// Files that a visitor drops on an element, or selects in a field.

/**
 * @param {HTMLElement} zone
 * @param {HTMLInputElement} field
 * @param {(files: File[]) => void} open
 */
function dropZone(zone, field, open) {
  field.addEventListener("change", () => open([...(field.files ?? [])]));
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    open([...(event.dataTransfer?.files ?? [])]);
  });
}
