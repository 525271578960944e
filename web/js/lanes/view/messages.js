// The messages of the lanes as lists, and the form that publishes one.

import { cloneTemplate, find, show } from "../../ui/dom.js";
import { SERVICES, latency } from "../../ui/format.js";
import { paintOn } from "../../ui/paint.js";
import { brokers, destinations } from "../page-publisher.js";

// The latest messages of one lane.

/**
 * @param {HTMLElement} ol
 * @param {import("../../page/store.js").Store} store
 * @param {import("../lane.js").Lane} lane
 */
export function messagesView(ol, store, lane) {
  highlightCopies(ol);
  paintOn(store, () => list(ol, lane.entries), ol);
}

/** @param {HTMLElement} ol @param {import("../lane.js").Entry[]} entries newest first */
function list(ol, entries) {
  while (ol.children.length < entries.length) ol.append(cloneTemplate("message"));
  const items = /** @type {HTMLCollectionOf<HTMLElement>} */ (ol.children);
  entries.forEach((entry, index) => fill(items[index], entry));
}

/** @param {HTMLElement} li @param {import("../lane.js").Entry} entry */
function fill(li, entry) {
  const { key, offset, text, verdict } = entry;
  li.dataset.offset = String(offset ?? "");
  li.dataset.key = key;
  li.dataset.verdict = verdict;
  const [offsetNode, textNode, latencyNode] = li.children;
  show(offsetNode, verdict === "duplicate" ? `#${offset} again` : `#${offset}`);
  show(textNode, text);
  show(latencyNode, latency(entry));
}

// Marks the same message in the other lanes when the pointer is over it.

/** @param {HTMLElement} list */
function highlightCopies(list) {
  list.addEventListener("pointerover", ({ target }) =>
    mark(/** @type {Element} */ (target).closest("li")?.dataset.key),
  );
  list.addEventListener("pointerleave", () => mark(undefined));
}

/** @param {string | undefined} key */
function mark(key) {
  /** @type {NodeListOf<HTMLElement>} */
  const rows = document.querySelectorAll(".messages > li");
  for (const li of rows) li.classList.toggle("same", li.dataset.key === key);
}

// The form that publishes one message and chooses the services for all. A line explains where
// messages go and why.

/**
 * @param {HTMLFormElement} form
 * @param {import("../../page/store.js").Store} store
 * @param {{ onSend: (text: string) => void }} actions
 */
export function composer(form, store, { onSend }) {
  const { text, through } = /** @type {Record<string, any>} */ (form.elements);
  const settle = () => Object.assign(through, { value: store.settings.through });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSend(text.value.trim());
  });
  through.addEventListener("change", () => store.set({ through: through.value }));
  store.addEventListener("settings", settle);
  settle();
  paintOn(store, () => show(find(form, '[data-field="route"]'), route(store)), form);
}

/** @param {import("../../page/store.js").Store} store */
function route({ lanes, settings, posted, failed, failure }) {
  const done = `Posted ${posted}${failed ? `, failed ${failed}` : ""}.`;
  return `${where(settings.through, lanes)} ${done}${failure ? ` ${failure}` : ""}`;
}

/**
 * @param {import("../../page/settings.js").Through} through
 * @param {import("../lane.js").Lane[]} lanes
 */
function where(through, lanes) {
  const shared = brokers(lanes);
  const to = destinations(through, lanes).map((lane) => SERVICES[lane.name]);
  if (through === "auto") return chosen(to, shared, to.length === lanes.length);
  if (through === "all" && shared === "shared")
    return (
      "These services share a broker: a message posted to each of them arrives three " +
      "times in every lane."
    );
  if (through !== "all" && shared === "separate")
    return "These services do not share a broker: the message reaches only one lane.";
  return "";
}

/** @param {string[]} to @param {string} shared @param {boolean} all */
function chosen(to, shared, all) {
  const them = to.join(" and the ");
  if (!to.length) return "No service is connected, so there is nowhere to post.";
  if (shared === "separate")
    return (
      `These services do not share a broker, so the page posts each message to ` +
      `${all ? "all three" : `the ${them}`}.`
    );
  if (shared === "shared")
    return `These services share a broker: each message is posted once, to the ${to[0]}.`;
  return `Each message is posted to the ${them}.`;
}
