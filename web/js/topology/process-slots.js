// The box of each process: a process keeps its box, and a new one takes a free box.

/**
 * @param {(number | undefined)[]} slots
 * @param {number[]} pids
 * @returns {(number | undefined)[]}
 */
export function assignSlots(slots, pids) {
  const taken = slots.map((pid) => (pid !== undefined && pids.includes(pid) ? pid : undefined));
  for (const pid of pids.filter((pid) => !taken.includes(pid))) {
    const free = taken.indexOf(undefined);
    taken[free < 0 ? taken.length : free] = pid;
  }
  return taken;
}

/** @param {number} index of a slot */
export const slotLetter = (index) => String.fromCharCode(65 + index);
