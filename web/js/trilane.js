// The client, as one entry: `import { connect } from "./trilane.js"`. It needs the folder `trilane/` beside it and
// nothing else, in browsers as in Node.

export { connect } from "./trilane/connect.js";
export { PublishError } from "./trilane/publish.js";
