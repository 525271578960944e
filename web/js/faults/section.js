// The section "Break it": a row for each fault, with buttons that inject it or measure its effect,
// and the matrix of outcomes.

import { FAULT_SCENARIOS } from "./scenarios.js";
import { find, show } from "../ui/dom.js";
import { matrixRow } from "./matrix-row.js";
import { sources } from "./client-sources.js";
import { Panel } from "./panel.js";
import { mountStorm } from "./storm-section.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, page) {
  const { gate, endpoints, injector } = page;
  sources(find(root, '[data-field="sources"]'));
  if (!gate)
    return show(
      find(root, '[data-field="progress"]'),
      "Faults need the gate, and this page has none.",
    );
  find(root, '[data-field="elsewhere"]').hidden = endpoints.restarts;
  const offered = FAULT_SCENARIOS.filter(({ restart }) => !restart || endpoints.restarts);
  const rows = new Map(
    offered.map(({ name }) => [name, matrixRow(find(root, `tr[data-scenario="${name}"]`))]),
  );
  new Panel(root, page, { offered, rows, injector });
  mountStorm(find(root, ".storm"), page);
}
