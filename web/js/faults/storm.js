// The reconnect storm below the matrix: one button, two runs, two histograms.

import * as clock from "../shared/clock.js";
import { find, headedRow, show } from "../ui/dom.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 * @param {import("../gate/gate.js").Gate} gate
 */
export function mountStorm(root, { bands, store, runner }, gate) {
  const [button, status, draw] = [
    find(root, '[data-action="storm"]'),
    find(root, '[data-field="storm"]'),
    stormView(root),
  ];
  button.disabled = false;
  button.addEventListener("click", async () => {
    if (store.suspended || runner.running) return show(status, "Wait for the running measurement.");
    button.disabled = true;
    // No other measurement runs meanwhile, because it would measure the storm.
    store.setSuspended(true);
    await run().catch((/** @type {any} */ error) => show(status, `Failed: ${error.message}`));
    store.setSuspended(false);
    button.disabled = false;
  });

  async function run() {
    const counts = [];
    for (const [backoff, words] of /** @type {const} */ ([
      [false, "at once"],
      [true, "after a random wait"],
    ])) {
      show(status, `${CLIENTS} clients are cut and reconnect ${words} …`);
      const now = clock.now();
      bands.mark("ws", "cut", now, now);
      const { accepted } = await gate.storm(CLIENTS, backoff);
      counts.push({ steps: histogram(accepted), back: accepted.length });
    }
    draw(counts.map(({ steps }) => steps));
    const [naive, robust] = counts.map(
      ({ steps, back }) => `${back} connections, at most ${Math.max(...steps)} within 100 ms`,
    );
    show(status, `At once: ${naive}. After a random wait: ${robust}.`);
  }
}

// The two histograms of a storm on one scale, and as a table.

/** @param {HTMLElement} root */
function stormView(root) {
  const rows = Array.from({ length: STEPS }, (_, step) =>
    find(root, "tbody").appendChild(rowOf(step)),
  );
  const plots = [...root.querySelectorAll("[data-storm]")];
  /** @param {number[][]} counts naive, and after a random wait */
  return (counts) => {
    const most = Math.max(1, ...counts.flat());
    plots.forEach((plot, index) =>
      plot.replaceChildren(...counts[index].map((count) => bar(count, most))),
    );
    rows.forEach(({ cells }, step) =>
      counts.forEach((kind, index) => show(cells[index + 1], String(kind[step]))),
    );
  };
}

/** @param {number} step */
function rowOf(step) {
  const from = step * STEP_MS;
  const text = step < STEPS - 1 ? `${from} to ${from + STEP_MS} ms` : `${from} ms and later`;
  return headedRow(text, ["", ""]);
}

/** @param {number} count @param {number} most */
function bar(count, most) {
  const node = Object.assign(document.createElement("span"), { textContent: String(count || "") });
  node.style.setProperty("--share", String(count / most));
  return node;
}

// A reconnect storm: the gate's clients are cut and reconnect, first all at once, then each after a
// random wait. The gate reports when each was accepted.

const CLIENTS = 100;
const STEP_MS = 100;
/** The wait is at most half a second, plus the time to connect. */
const STEPS = 10;

/**
 * @param {number[]} accepted  milliseconds after the cut
 * @returns {number[]} the number of clients in each step; the last step has all later ones
 */
export function histogram(accepted) {
  const counts = Array(STEPS).fill(0);
  for (const at of accepted) counts[Math.min(STEPS - 1, Math.floor(at / STEP_MS))] += 1;
  return counts;
}
