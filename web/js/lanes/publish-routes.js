// The services to publish to. Services may share one broker or have one each; publishing to the
// wrong ones leaves lanes empty. Histories start at different moments, so equal epochs mean one
// history.

/**
 * @param {import("./lane.js").Lane[]} lanes
 * @returns {"shared" | "separate" | "unknown"}
 */
export function brokers(lanes) {
  const epochs = lanes.filter((lane) => lane.state === "open").flatMap((lane) => lane.epoch ?? []);
  if (epochs.length < 2) return "unknown";
  return new Set(epochs).size === 1 ? "shared" : "separate";
}

/**
 * @param {import("../page/address.js").Through} through
 * @param {import("./lane.js").Lane[]} lanes
 * @returns {import("./lane.js").Lane[]} empty when no service is available
 */
export function destinations(through, lanes) {
  if (through === "all") return lanes;
  if (through === "auto") return onePerBroker(lanes.filter(isReachable));
  return lanes.filter((lane) => lane.name === through.replace("-frame", ""));
}

/**
 * Returns whether every lane is known to be open, with its broker, or known not to be. Messages
 * sent before that would reach some lanes and not others.
 * @param {import("./lane.js").Lane[]} lanes
 */
export function settled(lanes) {
  return lanes.every(
    ({ state, epoch }) => state !== "connecting" && (state !== "open" || epoch !== undefined),
  );
}

/**
 * A fault of a lane does not affect the path to its service; once the service responded, it counts
 * as reachable.
 */
const isReachable = ({ state, base, service, epoch }) =>
  state === "open" || (service !== base && epoch !== undefined);

/** @param {import("./lane.js").Lane[]} open */
function onePerBroker(open) {
  // The last service of each broker: WebSocket where possible, since its lane needs no second
  // connection to it. A service without a known epoch counts as having its own broker.
  return [...new Map(open.map((lane) => [lane.epoch ?? lane.name, lane])).values()];
}
