// The dots as a table: a row for each worker, and one for disconnected subscribers.

import { slotLetter } from "./process-slots.js";
import { cell, show } from "../ui/dom.js";
import { seconds } from "../ui/format.js";

/**
 * @param {HTMLTableSectionElement} body
 * @param {import("./topology.js").Topology} topology
 * @param {number} now
 */
export function drawTable(body, { slots, workers, group }, now) {
  const subscribers = group?.subscribers ?? [];
  const at = (pid, worker) =>
    subscribers.filter(({ servedBy }) => servedBy?.pid === pid && servedBy?.worker === worker);
  const lines = slots.flatMap((pid, slot) =>
    workers.map((worker) => [
      `${slotLetter(slot)}${worker}: process ${pid ?? "–"}, worker ${worker}`,
      at(pid, worker),
    ]),
  );
  const elsewhere = subscribers.filter(
    ({ servedBy }) => !servedBy || !slots.includes(servedBy.pid),
  );
  const rows = [...lines, ["Not connected", elsewhere]].map(([name, group]) =>
    cells(name, group, now),
  );
  rows.forEach((texts, index) => write(body.rows[index] ?? body.insertRow(), texts));
  while (body.rows.length > rows.length) body.deleteRow(-1);
}

function cells(name, group, now) {
  const late = group.filter((subscriber) => subscriber.condition(now) === "late").length;
  const most = (value) => (group.length ? seconds(Math.max(...group.map(value))) : "–");
  return [
    name,
    String(group.length),
    String(late),
    most((subscriber) => subscriber.age(now)),
    most((subscriber) => subscriber.silence),
  ];
}

function write(row, texts) {
  texts.forEach((text, index) =>
    show(row.cells[index] ?? row.appendChild(cell("", index ? undefined : "row")), text),
  );
}
