// Connections as dots, each in the box of its process, with the letter of the process, the number
// and colour of the worker. A late one shows the seconds since its last message, a disconnected one
// a cross.

import { slotLetter } from "./process-slots.js";
import { cloneTemplate, find, show } from "../ui/dom.js";

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
    const boxes = [...this.node.children].slice(0, -1);
    slots.forEach((pid, index) => head(boxes[index], pid));
    const slotOf = new Map(slots.map((pid, index) => [pid, index]));
    const groups = [...boxes, this.disconnected].map(() => /** @type {HTMLElement[]} */ ([]));
    subscribers.forEach((subscriber, cell) => {
      const slot = subscriber.servedBy && slotOf.get(subscriber.servedBy.pid);
      groups[slot ?? boxes.length].push(this.#dot(subscriber, cell, slot, now));
    });
    [...boxes, this.disconnected].forEach((box, index) => fill(find(box, ".dots"), groups[index]));
  }

  /** Adds or removes boxes until there are `count`. */
  #make(count) {
    while (this.node.children.length > count + 1) this.node.firstElementChild?.remove();
    while (this.node.children.length <= count) this.disconnected.before(this.#box());
  }

  #box() {
    const box = cloneTemplate("process").firstElementChild;
    find(box, "button").addEventListener("click", () => this.kill(Number(box.dataset.pid)));
    return box;
  }

  #dot(subscriber, cell, slot, now) {
    const dot = this.#dots.get(subscriber) ?? newDot(cell);
    this.#dots.set(subscriber, dot);
    const condition = slot === undefined ? "disconnected" : subscriber.condition(now);
    const name = slot === undefined ? "✕" : slotLetter(slot) + subscriber.servedBy.worker;
    Object.assign(dot.dataset, {
      condition,
      worker: slot === undefined ? "" : (slot + subscriber.servedBy.worker - 1) % COLOURS,
    });
    show(dot, condition === "late" ? `${Math.round(subscriber.age(now) / 1000)}s` : name);
    return dot;
  }
}

function newDot(cell) {
  const dot = Object.assign(document.createElement("span"), { className: "dot" });
  Object.assign(dot.style, {
    gridColumn: (cell % COLUMNS) + 1,
    gridRow: Math.floor(cell / COLUMNS) + 1,
  });
  return dot;
}

function head(box, pid) {
  const name = `${slotLetter([...box.parentNode.children].indexOf(box))}`;
  box.dataset.pid = pid ?? "";
  show(find(box, "h3"), pid === undefined ? `${name}: no process` : `${name}: process ${pid}`);
  const button = find(box, "button");
  // Not disabled while it has the focus, which would be lost.
  button.setAttribute("aria-disabled", String(pid === undefined));
  button.disabled = pid === undefined && document.activeElement !== button;
  button.setAttribute("aria-label", `Kill ${name}`);
}

function fill(node, dots) {
  const isSame =
    node.children.length === dots.length &&
    dots.every((dot, index) => dot === node.children[index]);
  if (!isSame) node.replaceChildren(...dots);
}
