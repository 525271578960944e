// A note, in all tabs, that several tabs of this page share the browser's connections.

import { OpenTabs } from "./open-tabs.js";
import { show } from "../ui/dom.js";

// A hidden tab replies, but its timers may be throttled to one a minute, so the visible tab asks.
const POLL_INTERVAL_MS = 10_000;

/** @param {HTMLElement} node */
export function tabsNote(node) {
  const tabs = new OpenTabs(new BroadcastChannel("trilane-tabs"));
  tabs.addEventListener("change", () => {
    node.hidden = tabs.count === 1;
    show(node, node.hidden ? "" : words(tabs.count));
  });
  const ask = () => document.hidden || tabs.ask();
  tabs.ask();
  setInterval(ask, POLL_INTERVAL_MS);
  addEventListener("pagehide", () => tabs.leave());
  // A page from the back/forward cache is shown again without being loaded.
  addEventListener("pageshow", ({ persisted }) => persisted && tabs.ask());
}

const words = (count) =>
  `This page is open in ${count} tabs. They share the browser's six connections per origin. ` +
  `Each tab uses one for polls and one for the event stream, so from the seventh tab on ` +
  `these two lanes stay empty.`;
