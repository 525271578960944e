// The section "Lanes": timelines with counters, the selected message, the effect of the rate, the
// form that publishes, and the numbers of each lane.

import { Selection } from "./inspection.js";
import { cutButton } from "./view/cut-button.js";
import { composer } from "./view/composer.js";
import { find } from "../ui/dom.js";
import { inspector } from "./view/inspector.js";
import { kneeView } from "./view/knee-view.js";
import { laneView } from "./view/lane-view.js";
import { messagesView } from "./view/message-list.js";
import { numbersView } from "./view/numbers-table.js";
import { timelineTable } from "./view/timeline-table.js";
import { timeline } from "./view/timeline.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, page) {
  const { store, connections, publisher } = page;
  const chosen = new Selection(store.lanes);
  const shown = timeline(root, page, chosen);
  timelineTable(find(root, '[data-field="table"]'), store, shown);
  inspector(root, store, chosen, shown);
  kneeView(root, page);
  cutButton(find(root, '[data-action="break"]'), find(root, '[data-field="cut"]'), page);
  composer(find(root, '[data-form="composer"]'), store, { onSend: (text) => publisher.send(text) });
  for (const lane of store.lanes) {
    const connection = connections.get(lane.name);
    laneView(find(root, `[data-lane="${lane.name}"]`), store, lane, {
      onToggle: () => connection?.toggle(),
    });
    numbersView(find(root, ".numbers"), page, lane);
    messagesView(find(root, `[data-messages="${lane.name}"] ol`), store, lane);
  }
}
