// The picture of the last ten seconds, all lanes on one time axis, and the same facts as a table. Canvas drawing is in
// track.js.

import * as clock from "../clock.js";
import { SPAN_MS } from "../trace.js";
import { copyOf, find, show } from "./dom.js";
import { milliseconds, NAMES } from "./format.js";
import { gap } from "./paint.js";
import { drawTrack } from "./track.js";

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").Store} store
 */
export function timeline(root, store) {
  const tracks = store.lanes.map((lane) => track(root, lane));
  root.append(copyOf("timeline-table"));
  const details = find(root, "details");
  const rows = store.lanes.map((lane) => tableRow(find(root, "tbody"), lane));
  let drawn = 0;
  let tabled = 0;

  requestAnimationFrame(function frame(time) {
    requestAnimationFrame(frame);
    if (store.paused) return;
    // Smooth unless asked for calm: 30 pictures a second cost less than what they explain.
    if (time - drawn >= (gap() > 100 ? gap() : 30)) {
      drawn = time;
      const now = clock.now();
      const journey = store.journeys.latest(reachable(store));
      for (const draw of tracks) draw(now, journey);
    }
    if (details.open && time - tabled >= 1000) {
      tabled = time;
      for (const fill of rows) fill(clock.now());
    }
  });
}

/** @param {import("../store.js").Store} store */
const reachable = ({ lanes }) => lanes.filter((lane) => lane.state === "open").map((lane) => lane.name);

function track(root, lane) {
  const node = find(copyOf("timeline-track"), ".track");
  node.dataset.track = lane.name;
  const [name, canvas, took] = node.children;
  const [shape, label] = name.children;
  shape.dataset.shape = lane.name;
  label.textContent = NAMES[lane.name];
  root.append(node);
  return (now, journey) => {
    drawTrack(canvas, lane, now);
    show(took, milliseconds(journey?.times.get(lane.name)));
  };
}

function tableRow(body, lane) {
  const row = body.insertRow();
  const head = document.createElement("th");
  Object.assign(head, { scope: "row", textContent: NAMES[lane.name] });
  row.append(head, ...Array.from({ length: 4 }, () => document.createElement("td")));
  return (now) => {
    const cells = [...row.cells].slice(1);
    facts(lane.trace, now).forEach((text, index) => (cells[index].textContent = text));
  };
}

/** @param {import("../trace.js").Trace} trace @param {number} now */
function facts({ spans, arrivals }, now) {
  const since = now - SPAN_MS;
  const recent = arrivals.filter(({ at }) => at >= since);
  const times = [since, ...recent.map(({ at }) => at), now];
  const silence = Math.max(...times.slice(1).map((at, index) => at - times[index]));
  const slowest = Math.max(...recent.map(({ at, sent }) => (sent ? at - sent : -1)), -1);
  const started = spans.filter(({ start }) => start >= since).length;
  return [String(started), String(recent.length), milliseconds(slowest < 0 ? undefined : slowest), milliseconds(silence)];
}
