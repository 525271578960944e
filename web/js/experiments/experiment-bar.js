// The running experiment, its remaining time, and a link back to the claim. It stays at the edge of
// the window, because the visitor watches another section meanwhile.

import * as clock from "../clock.js";
import { find, show } from "../ui/dom.js";

// Long enough to find the link back.
const SHOWN_MS = 8_000;

/**
 * @param {HTMLElement} root
 * @param {import("./experiment-runner.js").ExperimentRunner} runner
 * @param {() => string} conclusion  the result of the latest experiment
 */
export function experimentBar(root, runner, conclusion) {
  const [status, left, stop, back] = ["said", "left", "stop", "back"].map((name) =>
    find(root, `[data-field="${name}"]`),
  );
  stop.addEventListener("click", () => runner.stop());
  back.addEventListener("click", () => (root.hidden = true));
  let leaving;
  runner.addEventListener("change", () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => (root.hidden = !runner.running), SHOWN_MS);
    const { running, failure, asked } = runner;
    root.hidden = !running && !failure && !asked;
    show(
      status,
      running ? running.title : failure ? `Nothing was measured. ${failure}.` : conclusion(),
    );
    stop.hidden = !running;
    back.hidden = Boolean(running) || !asked;
    // Without a claim there is no link back.
    if (asked) back.href = `#${asked}`;
    root.toggleAttribute("data-over", !running);
    if (!running) show(left, "");
  });
  setInterval(() => runner.running && show(left, timeLeft(runner.running.until)), 500);
}

function timeLeft(until) {
  const seconds = Math.ceil((until - clock.now()) / 1000);
  return seconds > 0 ? `${seconds} s` : "finishing";
}
