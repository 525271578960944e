// The gate's counters of one lane, in the format of a result.

/**
 * @param {import("../gate/gate.js").Gate | undefined} gate
 * @param {string} name
 * @returns {import("../results/figures.js").Repetition["wire"] | undefined} undefined without a
 *   gate
 */
export function wireOf(gate, name) {
  const counters = gate?.lane(name);
  if (!counters) return undefined;
  const { get, post, options, other } = counters.requests;
  return {
    up_bytes: counters.up.bytes,
    down_bytes: counters.down.bytes,
    connections: counters.connections,
    requests: get + post + options + other,
  };
}
