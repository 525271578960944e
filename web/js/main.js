// Wires the page: what all sections share, then each section on its own block of the document. No behaviour of its own.

import { isReload, lookAtTarget } from "./link-target.js";
import { followAddress, openPage, run } from "./page.js";
import * as anatomy from "./sections/anatomy.js";
import * as bar from "./sections/bar.js";
import * as breakIt from "./sections/break-it.js";
import * as choose from "./sections/choose.js";
import * as claims from "./sections/claims.js";
import * as lanes from "./sections/lanes.js";
import * as limits from "./sections/limits.js";
import * as questions from "./sections/questions.js";
import * as recorded from "./sections/recorded.js";
import * as report from "./sections/report.js";
import * as topology from "./sections/topology.js";
import * as workers from "./sections/workers.js";
import { announcer } from "./views/announcer.js";
import { clockNote } from "./views/clock-note.js";
import { commandsAt } from "./views/commands.js";
import { find } from "./views/dom.js";
import { shortcuts } from "./views/shortcuts.js";

const SECTIONS = { recorded, bar, lanes, break: breakIt, anatomy, claims, choose, topology, workers, limits, questions, report };

const page = await openPage();
// Before anything is drawn: a lane that is not connected yet would say so for a moment.
run(page);
for (const [name, section] of Object.entries(SECTIONS)) section.mount(find(document, `[data-section="${name}"]`), page);
announcer(find(document, '[data-field="announcement"]'), page.store);
commandsAt(document, page.places.services);
clockNote(find(document, '[data-field="clock"]'));
shortcuts(find(document, "#shortcuts"), page.store);
followAddress(page.store);
if (!isReload()) lookAtTarget(page.store.settings.at);
