// The services of the lanes: which workers respond on each port, and how a busy CPU delays
// messages.

import { valueOf } from "../claims/page-evidence.js";
import { number } from "../results/labels.js";
import { find, show } from "../ui/dom.js";
import { SERVICES } from "../ui/format.js";

/** @typedef {import("../experiments/kinds.js").Answer} Answer */

const LANES = ["longpoll", "sse", "ws"];

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { runner }) {
  const buttons = Object.entries({ ask: "workers", burn: "burn" }).map(([action, experiment]) => {
    const button = find(root, `[data-action="${action}"]`);
    button.addEventListener("click", () => runner.run(experiment));
    return button;
  });
  runner.addEventListener("change", () => {
    // Not those of the topology, which this section contains.
    for (const button of buttons) button.disabled = Boolean(runner.running);
    dots(find(root, '[data-field="dots"]'), runner.results.get("workers")?.facts);
    burnt(root, runner.results.get("burn")?.lanes);
  });
}

/** @param {HTMLElement} node @param {import("../claims/process-rules.js").Answers} [facts] */
function dots(node, facts) {
  if (!facts) return;
  const lines = Object.entries(facts).flatMap(([service, answers]) =>
    [...new Set(answers.map(({ pid }) => pid))].map((pid) =>
      line(
        service,
        pid,
        answers.filter((answer) => answer.pid === pid),
      ),
    ),
  );
  node.replaceChildren(...lines);
}

/** @param {string} service @param {number} pid @param {Answer[]} answers */
function line(service, pid, answers) {
  const p = document.createElement("p");
  const threads = new Set(answers.map(({ thread }) => thread));
  p.append(
    `${SERVICES[service]}, process ${pid}, ${threads.size} ` +
      `thread${threads.size === 1 ? "" : "s"}: `,
    ...answers.map(dot),
  );
  Object.assign(p.dataset, { service, pid, threads: threads.size });
  return p;
}

/** @param {Answer} answer */
function dot({ worker, thread }) {
  const span = Object.assign(document.createElement("span"), {
    className: "dot",
    textContent: String(worker),
    title: `thread ${thread}`,
  });
  span.dataset.worker = String(worker % 6);
  return span;
}

/** @param {HTMLElement} root @param {import("../claims/page-evidence.js").Lanes} [lanes] */
function burnt(root, lanes) {
  if (!lanes) return;
  for (const row of find(root, '[data-field="burnt"]').rows) {
    const { what } = row.dataset;
    LANES.forEach((name, index) => {
      const slowest = valueOf(lanes, `${what}:${name}`, "max");
      show(row.cells[index + 1], slowest === undefined ? "–" : `${number(slowest)} ms`);
    });
  }
}
