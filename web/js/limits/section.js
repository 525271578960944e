// The section "Limits of the browser", and the tabs that share its connections.

import { connectionTests } from "./connection-tests.js";
import { absenceView } from "./hidden-tab.js";
import { find, show } from "../ui/dom.js";
import { connectionTestView } from "./connection-test-view.js";

// The section "Limits of the browser": connections that wait or fail, other tabs that share them,
// and the time in which the tab was hidden.

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { endpoints, store }) {
  connectionTestView(root, connectionTests(endpoints));
  if (endpoints.tls)
    show(
      find(root, '[data-field="tls"]'),
      `Connections with TLS go to ${endpoints.tls}. If it does not respond, open it once and ` +
        `accept its certificate.`,
    );
  tabsNote(find(root, '[data-field="tabs"]'));
  absenceView(root, store);
}

// The tabs that have this page open, and the note about them.

// The tabs of one browser that have this page open, found over a BroadcastChannel. No DOM.

/** Dispatches `change` when their number changes. */
export class OpenTabs extends EventTarget {
  #self = Math.random().toString(36).slice(2);
  /** @type {Set<string>} */
  #others = new Set();
  /** @type {Set<string>} tabs that replied since the last request */
  #replied = new Set();

  /** @param {BroadcastChannel} channel */
  constructor(channel) {
    super();
    this.channel = channel;
    channel.addEventListener("message", ({ data }) => this.#receive(data));
  }

  /** Including this tab. */
  get count() {
    return this.#others.size + 1;
  }

  /**
   * Asks the other tabs to reply. Drops those that did not reply last time: a tab that crashes
   * sends no "bye".
   */
  ask() {
    const gone = [...this.#others].filter((other) => !this.#replied.has(other));
    this.#replied = new Set();
    this.#change(() => gone.forEach((other) => this.#others.delete(other)));
    this.#send("hello");
  }

  leave() {
    this.#send("bye");
  }

  /** @param {{ from: string, type: string }} message */
  #receive({ from, type }) {
    if (type === "hello") this.#send("here");
    if (type === "bye") return this.#change(() => this.#others.delete(from));
    this.#replied.add(from);
    this.#change(() => this.#others.add(from));
  }

  /** @param {string} type */
  #send(type) {
    this.channel.postMessage({ from: this.#self, type });
  }

  /** @param {() => unknown} change */
  #change(change) {
    const before = this.count;
    change();
    if (this.count !== before) this.dispatchEvent(new Event("change"));
  }
}

// A note, in all tabs, that several tabs of this page share the browser's connections.

// A hidden tab replies, but its timers may be throttled to one a minute, so the visible tab asks.
const POLL_INTERVAL_MS = 10_000;

/** @param {HTMLElement} node */
function tabsNote(node) {
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

/** @param {number} count */
const words = (count) =>
  `This page is open in ${count} tabs. They share the browser's six connections per origin. ` +
  `Each tab uses one for polls and one for the event stream, so from the seventh tab on ` +
  `these two lanes stay empty.`;
