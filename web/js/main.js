// Wires the page: reads where the services are and what the visitor chose, then joins connections, sender and views
// around one store. No behaviour of its own.

import { readAddress, writeAddress } from "./address.js";
import { loadServices } from "./config.js";
import { Connection } from "./connection.js";
import { settled } from "./routes.js";
import { Sender } from "./sender.js";
import { Store } from "./store.js";
import { announcer } from "./views/announcer.js";
import { clockNote } from "./views/clock-note.js";
import { composer } from "./views/composer.js";
import { find } from "./views/dom.js";
import { laneView } from "./views/lane.js";
import { pauseButton } from "./views/pause.js";
import { themeButton } from "./views/theme.js";
import { timeline } from "./views/timeline.js";

const services = await loadServices();
// Not randomUUID: a page on a plain-HTTP address of the local network does not have it.
const page = Math.random().toString(36).slice(2, 8);
const store = new Store({ services, settings: readAddress(location.hash), page });
const connections = new Map(store.lanes.map((lane) => [lane.name, new Connection(store, lane)]));
const sender = new Sender(store, connections);

for (const lane of store.lanes) {
  const connection = connections.get(lane.name);
  laneView(find(document, `[data-lane="${lane.name}"]`), store, lane, { onToggle: () => connection?.toggle() });
}
composer(find(document, '[data-form="composer"]'), store, { onSend: (text) => sender.send(text) });
timeline(find(document, '[data-field="timeline"]'), store);
announcer(find(document, '[data-field="announcement"]'), store);
pauseButton(find(document, '[data-action="pause"]'), store);
themeButton(find(document, '[data-action="theme"]'));
clockNote(find(document, '[data-field="clock"]'));

for (const connection of connections.values()) connection.connect();

let started = false;
const pace = () => sender.run(started && !store.paused && !document.hidden ? store.settings.rate : 0);
store.addEventListener("settings", pace);
document.addEventListener("visibilitychange", pace);
store.addEventListener("change", function first() {
  if (!settled(store.lanes)) return;
  store.removeEventListener("change", first);
  started = true;
  pace();
});

store.addEventListener("settings", () => history.replaceState(null, "", writeAddress(store.settings)));
addEventListener("hashchange", () => {
  const { channel } = store.settings;
  const settings = readAddress(location.hash);
  // Another channel is another log with its own ids: a fresh page is the honest way to begin.
  if (settings.channel !== channel) location.reload();
  else store.set(settings);
});
