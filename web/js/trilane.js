// The client's entry point: `import { connect } from "./trilane.js"`. It needs only the folder
// `trilane/` beside it, in browsers and in Node.

/**
 * @typedef {import("./trilane/connect.js").Connection} Connection
 * @typedef {import("./trilane/options.js").Given} Options
 * @typedef {import("./trilane/events.js").Events} Events
 * @typedef {import("./trilane/events.js").Arrival} Arrival
 * @typedef {import("./trilane/events.js").State} State
 */

export { connect } from "./trilane/connect.js";
export { PublishError } from "./trilane/publisher.js";
