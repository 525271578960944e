// The sections below the lanes. They are loaded once the lanes run.

import { mount as anatomy } from "./anatomy/section.js";
import { mount as breakIt } from "./faults/section.js";
import { mount as outcomes } from "./faults/report.js";
import { mount as choose } from "./choose/section.js";
import { mount as claims } from "./claims/section.js";
import { mount as limits } from "./limits/section.js";
import { mount as questions } from "./questions/section.js";
import { mount as terminal } from "./results/recorded.js";
import { mount as report } from "./results/section.js";
import { mount as workers } from "./topology/workers-section.js";
import { addressCommands, clockNote } from "./ui/facts.js";
import { find, show } from "./ui/dom.js";

/**
 * Loads the topology only where the server of the page can start its service.
 * @param {HTMLElement} root
 * @param {import("./page.js").Page} page
 */
async function topology(root, page) {
  const { topology: url } = page.endpoints;
  if (url) return (await import("./topology/processes.js")).mount(root, page, url);
  find(root, '[type="submit"]').disabled = true;
  show(
    find(root, '[data-field="said"]'),
    "Not available here: the page's server starts this service, which needs cargo lab.",
  );
}

const SECTIONS = {
  break: breakIt,
  anatomy,
  claims,
  terminal,
  choose,
  topology,
  workers,
  limits,
  questions,
  report,
  outcomes,
};

/** @param {import("./page.js").Page} page */
export async function mountSections(page) {
  await Promise.all(
    Object.entries(SECTIONS).map(([name, mount]) =>
      mount(find(document, `[data-section="${name}"]`), page),
    ),
  );
  addressCommands(document, page.endpoints.services);
  clockNote(find(document, '[data-field="clock"]'));
}
