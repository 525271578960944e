// The lanes: pictures on one time axis with their counters, the chosen message, what the rate does, the form that sends, and
// each lane in numbers.

import { Chosen } from "../inspection.js";
import { composer } from "../views/composer.js";
import { find } from "../views/dom.js";
import { inspector } from "../views/inspector.js";
import { kneeView } from "../views/knee.js";
import { laneView } from "../views/lane.js";
import { messagesView } from "../views/messages.js";
import { numbersView } from "../views/numbers.js";
import { timelineTable } from "../views/timeline-table.js";
import { timeline } from "../views/timeline.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, page) {
  const { store, connections, sender } = page;
  const chosen = new Chosen(store.lanes);
  const shown = timeline(root, page, chosen);
  timelineTable(find(root, '[data-field="table"]'), store, shown);
  inspector(root, store, chosen, shown);
  kneeView(root, page);
  composer(find(root, '[data-form="composer"]'), store, { onSend: (text) => sender.send(text) });
  for (const lane of store.lanes) {
    const connection = connections.get(lane.name);
    laneView(find(root, `[data-lane="${lane.name}"]`), store, lane, { onToggle: () => connection?.toggle() });
    numbersView(find(root, ".numbers"), page, lane);
    messagesView(find(root, `[data-messages="${lane.name}"] ol`), store, lane);
  }
}
