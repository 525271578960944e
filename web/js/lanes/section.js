// The section "Lanes", and its announcements.

import { Selection } from "./inspection.js";
import { browserDelayView } from "./browser-delay.js";
import { companionView, laneView, stripView } from "./view/lane-view.js";
import { composer, messagesView } from "./view/messages.js";
import { find } from "../ui/dom.js";
import { inspector } from "./view/inspector.js";
import { guideView } from "../guide/view.js";
import { numbersView, timelineTable } from "./view/tables.js";
import { tokensPreset } from "../tokens/preset.js";
import { timeline } from "./view/timeline.js";
import { zoomView } from "./zoom.js";
import { isStopped } from "./sequence.js";
import { NAMES } from "../ui/format.js";
import { paintOn } from "../ui/paint.js";

// The section "Lanes": timelines with counters, the guided minute, the selected message, the form
// that publishes, and the numbers of each lane.

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, page) {
  const { store, connections, publisher, zoom } = page;
  const chosen = new Selection(store.lanes);
  const strip = stripView(find(document, ".strip"), find(root, ".tracks"), store);
  const shown = timeline(root, page, chosen, zoom, strip);
  zoomView(root, zoom);
  const [late, hint] = [find(root, '[data-field="late"]'), find(root, "#picture-help")];
  browserDelayView(late, hint, page.browserDelay);
  timelineTable(find(root, '[data-field="table"]'), store, shown);
  inspector(root, store, chosen, shown);
  guideView(root, page);
  composer(find(root, '[data-form="composer"]'), store, { onSend: (text) => publisher.send(text) });
  tokensPreset(root, page);
  for (const lane of store.lanes) {
    const connection = connections.get(lane.name);
    const section = find(root, `[data-lane="${lane.name}"]`);
    laneView(section, store, lane, { onToggle: () => connection?.toggle() });
    numbersView(find(root, ".numbers"), section, page, lane);
    companionView(find(section, '[data-field="companion"]'), page, lane.name);
    messagesView(find(root, `[data-messages="${lane.name}"] ol`), store, lane);
  }
}

// Announcements for screen readers: state changes and losses, at most one sentence in five seconds,
// never each message.

const GAP_MS = 5_000;

/**
 * @param {HTMLElement} node a polite live region
 * @param {import("../page/store.js").Store} store
 */
export function announcer(node, store) {
  let announced = store.lanes.map(summary);
  let waiting = false;

  paintOn(store, () => {
    if (waiting || !changes().length) return;
    waiting = true;
    // A short wait combines changes that happen together.
    setTimeout(speak, 500);
  });

  function speak() {
    node.textContent = changes().join(" ");
    announced = store.lanes.map(summary);
    setTimeout(() => {
      waiting = false;
      if (changes().length) store.changed();
    }, GAP_MS);
  }

  function changes() {
    return store.lanes.map(summary).filter((text, index) => text !== announced[index]);
  }
}

/** @param {import("./lane.js").Lane} lane */
function summary(lane) {
  const { name, sequence } = lane;
  const state = isStopped(lane) ? "stopped" : lane.state;
  // Every retry passes through `connecting`, which needs no announcement.
  const losses = [
    sequence.missing && `${sequence.missing} missing`,
    sequence.duplicates && `${sequence.duplicates} duplicates`,
  ];
  return `${[`${NAMES[name]} ${state}`, ...losses.filter(Boolean)].join(", ")}.`;
}
