// The subscribers of the topology, drawn as dots and as a table.

import { slotLetter } from "./topology.js";
import { cell, cloneTemplate, find, show } from "../ui/dom.js";
import { seconds } from "../ui/format.js";

// Connections as dots, each in the box of its process, with the letter of the process, the number
// and colour of the worker. A late one shows the seconds since its last message, a disconnected one
// a cross.

/** Number of worker colours. */
const COLOURS = 6;
/** Number of columns of a box, in css/topology.css. */
const COLUMNS = 8;

export class Dots {
  /** @type {WeakMap<import("./subscriber.js").Subscriber, HTMLElement>} */
  #dots = new WeakMap();

  /** @param {HTMLElement} node a list @param {(pid: number) => void} kill */
  constructor(node, kill) {
    this.node = node;
    this.kill = kill;
    this.disconnected = find(node, '[data-field="disconnected"]');
  }

  /**
   * @param {(number | undefined)[]} slots
   * @param {import("./subscriber.js").Subscriber[]} subscribers
   * @param {number} now
   */
  draw(slots, subscribers, now) {
    this.#make(slots.length);
    const boxes = /** @type {HTMLElement[]} */ ([...this.node.children]).slice(0, -1);
    slots.forEach((pid, index) => head(boxes[index], pid));
    const slotOf = new Map(slots.map((pid, index) => [pid, index]));
    const groups = [...boxes, this.disconnected].map(() => /** @type {HTMLElement[]} */ ([]));
    subscribers.forEach((subscriber, cell) => {
      const slot = subscriber.servedBy && slotOf.get(subscriber.servedBy.pid);
      groups[slot ?? boxes.length].push(this.#dot(subscriber, cell, slot, now));
    });
    [...boxes, this.disconnected].forEach((box, index) => fill(find(box, ".dots"), groups[index]));
  }

  /** Adds or removes boxes until there are `count`. @param {number} count */
  #make(count) {
    while (this.node.children.length > count + 1) this.node.firstElementChild?.remove();
    while (this.node.children.length <= count) this.disconnected.before(this.#box());
  }

  #box() {
    const box = /** @type {HTMLElement} */ (cloneTemplate("process").firstElementChild);
    find(box, "button").addEventListener("click", () => this.kill(Number(box.dataset.pid)));
    return box;
  }

  /**
   * @param {import("./subscriber.js").Subscriber} subscriber
   * @param {number} cell
   * @param {number | undefined} slot
   * @param {number} now
   */
  #dot(subscriber, cell, slot, now) {
    const dot = this.#dots.get(subscriber) ?? newDot(cell);
    this.#dots.set(subscriber, dot);
    const { worker = 0 } = subscriber.servedBy ?? {};
    const condition = slot === undefined ? "disconnected" : subscriber.condition(now);
    const name = slot === undefined ? "✕" : slotLetter(slot) + worker;
    Object.assign(dot.dataset, {
      condition,
      worker: slot === undefined ? "" : (slot + worker - 1) % COLOURS,
    });
    show(dot, condition === "late" ? `${Math.round(subscriber.age(now) / 1000)}s` : name);
    return dot;
  }
}

/** @param {number} cell */
function newDot(cell) {
  const dot = Object.assign(document.createElement("span"), { className: "dot" });
  Object.assign(dot.style, {
    gridColumn: (cell % COLUMNS) + 1,
    gridRow: Math.floor(cell / COLUMNS) + 1,
  });
  return dot;
}

/** @param {HTMLElement} box @param {number | undefined} pid */
function head(box, pid) {
  const name = slotLetter([...(box.parentElement?.children ?? [])].indexOf(box));
  box.dataset.pid = String(pid ?? "");
  show(find(box, "h3"), pid === undefined ? `${name}: no process` : `${name}: process ${pid}`);
  const button = find(box, "button");
  // Not disabled while it has the focus, which would be lost.
  button.setAttribute("aria-disabled", String(pid === undefined));
  button.disabled = pid === undefined && document.activeElement !== button;
  button.setAttribute("aria-label", `Kill ${name}`);
}

/** @param {HTMLElement} node @param {HTMLElement[]} dots */
function fill(node, dots) {
  const isSame =
    node.children.length === dots.length &&
    dots.every((dot, index) => dot === node.children[index]);
  if (!isSame) node.replaceChildren(...dots);
}

// The dots as a table: a row for each worker, and one for disconnected subscribers.

/** @typedef {import("./subscriber.js").Subscriber} Subscriber */

/**
 * @param {HTMLTableSectionElement} body
 * @param {import("./topology.js").Topology} topology
 * @param {number} now
 */
export function drawTable(body, { slots, workers, group }, now) {
  const subscribers = group?.subscribers ?? [];
  /** @param {number | undefined} pid @param {number} worker */
  const at = (pid, worker) =>
    subscribers.filter(({ servedBy }) => servedBy?.pid === pid && servedBy?.worker === worker);
  const lines = slots.flatMap((pid, slot) =>
    workers.map((worker) => {
      const name = `${slotLetter(slot)}${worker}: process ${pid ?? "–"}, worker ${worker}`;
      return cells(name, at(pid, worker), now);
    }),
  );
  const elsewhere = subscribers.filter(
    ({ servedBy }) => !servedBy || !slots.includes(servedBy.pid),
  );
  const rows = [...lines, cells("Not connected", elsewhere, now)];
  rows.forEach((texts, index) => write(body.rows[index] ?? body.insertRow(), texts));
  while (body.rows.length > rows.length) body.deleteRow(-1);
}

/** @param {string} name @param {Subscriber[]} group @param {number} now */
function cells(name, group, now) {
  const late = group.filter((subscriber) => subscriber.condition(now) === "late").length;
  /** @param {(subscriber: Subscriber) => number} value */
  const most = (value) => (group.length ? seconds(Math.max(...group.map(value))) : "–");
  return [
    name,
    String(group.length),
    String(late),
    most((subscriber) => subscriber.age(now)),
    most((subscriber) => subscriber.silence),
  ];
}

/** @param {HTMLTableRowElement} row @param {string[]} texts */
function write(row, texts) {
  texts.forEach((text, index) =>
    show(row.cells[index] ?? row.appendChild(cell("", index ? undefined : "row")), text),
  );
}
