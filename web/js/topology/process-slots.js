// The box of each process: a process keeps its box, and a new one takes a free box.

/**
 * @param {(number | undefined)[]} seats
 * @param {number[]} pids
 * @returns {(number | undefined)[]}
 */
export function seat(seats, pids) {
  const taken = seats.map((pid) => (pid !== undefined && pids.includes(pid) ? pid : undefined));
  for (const pid of pids.filter((pid) => !taken.includes(pid))) {
    const free = taken.indexOf(undefined);
    taken[free < 0 ? taken.length : free] = pid;
  }
  return taken;
}

/** @param {number} index of a seat */
export const letter = (index) => String.fromCharCode(65 + index);
