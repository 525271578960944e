// Keeps the settings and the address in step, in both directions.

import { readAddress, writeAddress } from "./address.js";
import { lookAtTarget } from "./link-target.js";

/** @param {import("./store.js").Store} store */
export function followAddress(store) {
  store.addEventListener("settings", () =>
    history.replaceState(null, "", writeAddress(store.settings)),
  );
  addEventListener("hashchange", () => {
    const { channel } = store.settings;
    const settings = readAddress(location.hash);
    lookAtTarget(settings.at);
    // A link to a section changes no other setting.
    if (!location.hash.includes("=")) return store.set({ at: settings.at });
    // Another channel has another history with its own ids, so the page starts again.
    if (settings.channel !== channel) location.reload();
    else store.set({ at: undefined, ...settings });
  });
}
