// The entry point of the page: opens the shared state, mounts what is at the top, and loads the
// sections below while the lanes already run.

import { foldSections, followAddress, isReload, keepTarget } from "./page/navigation.js";
import { openPage, run } from "./page.js";
import { mount as bar } from "./bar/section.js";
import { announcer, mount as lanes } from "./lanes/section.js";
import { mount as recorded } from "./recording/section.js";
import { find } from "./ui/dom.js";
import { presenter, shortcuts } from "./bar/controls.js";

const FIRST = { recorded, bar, lanes };

const page = await openPage();
// Before the first paint, or a lane would show for a moment that it is not connected.
run(page);
for (const [name, mount] of Object.entries(FIRST))
  mount(find(document, `[data-section="${name}"]`), page);
announcer(find(document, '[data-field="announcement"]'), page.store);
shortcuts(find(document, "#shortcuts"), page);
presenter(page.store);
foldSections(document);
followAddress(page.store);
// Not awaited: the packed sections import this module, and would wait for its end forever.
import("./sections.js").then(async ({ mountSections }) => {
  await mountSections(page);
  if (!isReload()) keepTarget(page.store.settings.at);
  document.documentElement.dataset.mounted = "";
});
