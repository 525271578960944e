// The lanes: the picture of the last ten seconds, the form that sends, and each lane's state and numbers.

import { composer } from "../views/composer.js";
import { find } from "../views/dom.js";
import { laneView } from "../views/lane.js";
import { timeline } from "../views/timeline.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { store, connections, sender }) {
  timeline(find(root, '[data-field="timeline"]'), store);
  composer(find(root, '[data-form="composer"]'), store, { onSend: (text) => sender.send(text) });
  for (const lane of store.lanes) {
    const connection = connections.get(lane.name);
    laneView(find(root, `[data-lane="${lane.name}"]`), store, lane, { onToggle: () => connection?.toggle() });
  }
}
