// The state of a lane: in its head, beside it for a naive client, in the strip, and as a notice.

import * as clock from "../../shared/clock.js";
import { find, show } from "../../ui/dom.js";
import { NAMES } from "../../ui/format.js";
import { isStopped, missedSinceLoss } from "../sequence.js";
import { paintOn } from "../../ui/paint.js";

// One lane's header and counters.

/**
 * @param {HTMLElement} section
 * @param {import("../../page/store.js").Store} store
 * @param {import("../lane.js").Lane} lane
 * @param {{ onToggle: () => void }} actions
 */
export function laneView(section, store, lane, { onToggle }) {
  const field = (/** @type {string} */ name) => find(section, `[data-field="${name}"]`);
  const toggle = find(section, '[data-action="toggle"]');
  toggle.addEventListener("click", onToggle);

  paintOn(
    store,
    () => {
      for (const [name, text] of Object.entries(counters(lane))) show(field(name), text);
      show(toggle, lane.state === "off" ? "Connect" : "Disconnect");
      toggle.setAttribute("aria-label", `${toggle.textContent} ${NAMES[lane.name]}`);
      section.dataset.state = lane.state;
      section.toggleAttribute("data-stopped", isStopped(lane));
      section.dataset.lastOffset = String(lane.sequence.position?.offset ?? "");
      section.dataset.inOrder = String(lane.sequence.inOrder);
    },
    section,
  );
  notice(section, store, lane);
}

/** @param {import("../lane.js").Lane} lane */
function counters(lane) {
  const { sequence, requests } = lane;
  return {
    state: stateOf(lane),
    requests: String(requests),
    "requests-name": requests === 1 ? "request" : "requests",
    count: String(sequence.count),
    "count-name": sequence.count === 1 ? "message" : "messages",
  };
}

/**
 * Returns the state in words, and what a naive client has missed since it lost its connection.
 * @param {import("../lane.js").Lane} lane
 */
function stateOf(lane) {
  const missed = missedSinceLoss(lane);
  const state = isStopped(lane) ? "stopped" : lane.state;
  return missed ? `${state}, ${missed} missed` : state;
}

/**
 * The notice counts down to a retry although nothing arrives, so it has its own timer.
 * @param {HTMLElement} section
 * @param {import("../../page/store.js").Store} store
 * @param {import("../lane.js").Lane} lane
 */
function notice(section, store, lane) {
  const node = find(section, '[data-field="notice"]');
  const draw = () => {
    const text = noticeFor(lane, clock.now());
    show(node, text);
    node.hidden = !text;
  };
  paintOn(store, draw, section);
  setInterval(draw, 1000);
}

// The state of the naive client that is shown beside a lane's robust one.

/**
 * @param {HTMLElement} node
 * @param {Pick<import("../../page.js").Page, "store" | "companions">} page
 * @param {string} name of the lane
 */
export function companionView(node, { store, companions }, name) {
  const lane = () => store.companions.find((companion) => companion.name === name);
  companions.addEventListener("change", () => (node.hidden = !lane()));
  paintOn(
    store,
    () => {
      const shown = lane();
      if (!shown) return;
      show(find(node, '[data-field="companion-state"]'), stateOf(shown));
      node.dataset.state = shown.state;
    },
    node,
  );
}

// The lanes once more, small, below the bar, while they are scrolled away: a fault that is injected
// further down is visible at once.

/**
 * @typedef {object} Strip
 * @property {() => boolean} isShown
 * @property {Map<string, HTMLCanvasElement>} canvases by lane
 */

/**
 * @param {HTMLElement} node
 * @param {HTMLElement} tracks  the lanes themselves
 * @param {import("../../page/store.js").Store} store
 * @returns {Strip}
 */
export function stripView(node, tracks, store) {
  const look = (/** @type {IntersectionObserverEntry[]} */ entries) => {
    const { isIntersecting, boundingClientRect } = entries[entries.length - 1];
    node.hidden = isIntersecting || boundingClientRect.top > 0;
  };
  new IntersectionObserver(look).observe(tracks);
  const row = (/** @type {string} */ name) => find(node, `[data-lane-name="${name}"]`);
  paintOn(store, () => {
    for (const lane of node.hidden ? [] : store.lanes) {
      row(lane.name).dataset.state = lane.state;
      show(find(row(lane.name), ".state"), stateOf(lane));
    }
  });
  const canvases = new Map(store.lanes.map(({ name }) => [name, find(row(name), "canvas")]));
  return { isShown: () => !node.hidden, canvases };
}

// The sentence that explains the state of a lane. A pure function of that state.

// Long enough to be read after a return to the tab.
const SHOWN_MS = 30_000;

const DISCONTINUITIES = {
  reset: "The service no longer had all messages that this lane had missed.",
  "new log":
    "The service started a new history, so offsets start again at one. Messages in between " +
    "cannot be counted.",
};

/**
 * @param {import("../lane.js").Lane} lane
 * @param {number} now
 * @returns {string} empty when there is nothing to explain
 */
export function noticeFor(lane, now) {
  const { state, base, cursor, trouble, discontinuity } = lane;
  if (trouble?.naive && state !== "open") return naive(lane, trouble);
  if (state === "retrying")
    return `${what(base, trouble)} ${hint(cursor)} ${when(trouble, now)}`.replace("  ", " ");
  if (state === "off" && trouble?.impossible)
    return `The browser refuses to connect to ${base}: ${trouble.detail}`;
  if (state === "off" && trouble)
    return `${what(base, trouble)} Retrying would give the same response.`;
  if (state === "off")
    return `Disconnected.${cursor ? " Connect resumes after the last message." : ""}`;
  return discontinuity && now - discontinuity.at < SHOWN_MS
    ? DISCONTINUITIES[discontinuity.what]
    : "";
}

/**
 * @param {import("../lane.js").Lane} lane
 * @param {import("../lane.js").Trouble} trouble
 */
function naive(lane, { detail }) {
  if (lane.state === "connecting") return `${detail}.`;
  const missed = missedSinceLoss(lane);
  const lost = missed ? ` ${missed} ${missed === 1 ? "message" : "messages"} missed so far.` : "";
  if (lane.state === "off")
    return `The naive client stopped: ${detail}.${lost} Connect starts it again.`;
  return `The naive client lost its connection: ${detail}.${lost}`;
}

/**
 * @param {string} base
 * @param {import("../../trilane/events.js").ConnectionError} [trouble]
 */
function what(base, { status, detail } = {}) {
  if (status)
    return detail
      ? `${base} responded with ${status}: ${detail.replace(/\.?$/, ".")}`
      : `${base} responded with ${status}.`;
  if (detail) return `The connection to ${base} failed: ${detail}.`;
  return `No response from ${base}.`;
}

/**
 * Only for a service that never responded: otherwise the visitor knows how to start it.
 * @param {string | undefined} cursor
 */
const hint = (cursor) => (cursor ? "" : "Is it running? Start all three with: cargo lab.");

/**
 * @param {import("../../trilane/events.js").ConnectionError | undefined} trouble
 * @param {number} now
 */
function when({ retryAt = 0 } = {}, now) {
  const seconds = Math.ceil((retryAt - now) / 1000);
  return seconds > 0 ? `Retrying in ${seconds} s.` : "Retrying now.";
}
