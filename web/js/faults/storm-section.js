// The reconnect storm below the matrix: one button, two runs, two histograms.

import { CLIENTS, histogram } from "./storm-histogram.js";
import * as clock from "../clock.js";
import { find, show } from "../ui/dom.js";
import { stormView } from "./storm-plot.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page  with a gate
 */
export function mountStorm(root, { gate, bands, store, runner }) {
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
    for (const [backoff, words] of [
      [false, "at once"],
      [true, "after a random wait"],
    ]) {
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
