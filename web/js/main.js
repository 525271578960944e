// The entry point of the page: opens the shared state, then mounts each section on its block of the
// document.

import { isReload, lookAtTarget } from "./page/link-target.js";
import { followAddress } from "./page/follow-address.js";
import { openPage, run } from "./page.js";
import * as anatomy from "./anatomy/section.js";
import * as bar from "./bar/section.js";
import * as breakIt from "./faults/section.js";
import * as choose from "./choose/section.js";
import * as claims from "./claims/section.js";
import * as lanes from "./lanes/section.js";
import * as limits from "./limits/section.js";
import * as questions from "./questions/section.js";
import * as recorded from "./recording/section.js";
import * as report from "./results/section.js";
import * as topology from "./topology/section.js";
import * as workers from "./topology/workers-section.js";
import { announcer } from "./ui/announcer.js";
import { clockNote } from "./ui/clock-note.js";
import { addressCommands } from "./ui/commands.js";
import { find } from "./ui/dom.js";
import { shortcuts } from "./bar/shortcuts.js";

const SECTIONS = {
  recorded,
  bar,
  lanes,
  break: breakIt,
  anatomy,
  claims,
  choose,
  topology,
  workers,
  limits,
  questions,
  report,
};

const page = await openPage();
// Before the first paint, or a lane would show for a moment that it is not connected.
run(page);
for (const [name, section] of Object.entries(SECTIONS))
  section.mount(find(document, `[data-section="${name}"]`), page);
announcer(find(document, '[data-field="announcement"]'), page.store);
addressCommands(document, page.endpoints.services);
clockNote(find(document, '[data-field="clock"]'));
shortcuts(find(document, "#shortcuts"), page.store);
followAddress(page.store);
if (!isReload()) lookAtTarget(page.store.settings.at);
