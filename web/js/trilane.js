// The client's entry point: `import { connect } from "./trilane.js"`. It needs only the folder
// `trilane/` beside it, in browsers and in Node.

export { connect } from "./trilane/connect.js";
export { PublishError } from "./trilane/publish.js";
