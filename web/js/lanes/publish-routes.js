// Through which services a message goes. Services may share one broker or have one each; whoever posts has to know,
// or lanes stay empty. Logs begin at different moments, so equal epochs mean one log.

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
 * @returns {import("./lane.js").Lane[]} empty when there is nobody to post to
 */
export function destinations(through, lanes) {
  if (through === "all") return lanes;
  if (through === "auto") return onePerBroker(lanes.filter(isReachable));
  return lanes.filter((lane) => lane.name === through.replace("-frame", ""));
}

/**
 * Whether it is known of every lane that it is open and on which broker, or that it is not. Messages sent before that
 * would reach some lanes and not others.
 * @param {import("./lane.js").Lane[]} lanes
 */
export function settled(lanes) {
  return lanes.every(({ state, epoch }) => state !== "connecting" && (state !== "open" || epoch !== undefined));
}

/** What breaks a lane at the gate does not break the way to its service; once that was there, it is taken to be. */
const isReachable = ({ state, base, service, epoch }) => state === "open" || (service !== base && epoch !== undefined);

/** @param {import("./lane.js").Lane[]} open */
function onePerBroker(open) {
  // The last service of each broker: WebSocket where there is a choice, since its lane needs no second connection to it.
  // A service that does not say which log it reads is taken for one with a broker of its own.
  return [...new Map(open.map((lane) => [lane.epoch ?? lane.name, lane])).values()];
}
