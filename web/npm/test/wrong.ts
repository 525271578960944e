// Mistakes that the types must report, one a line.

import { connect } from "trilane";

connect({ channel: "news" });
const connection = connect({ url: "http://localhost", transports: ["websocket"] });
connection.addEventListener("message", ({ detail }) => detail.state);
connection.addEventListener("state", ({ detail }) => detail.trouble.detail);
connection.addEventListener("reset", ({ detail }) => detail.id.length);
connection.addEventListener("error", ({ detail }) => detail.final.length);
for await (const { text } of connection) console.log(text);
await connection.publish("hello", { idempotencyKey: "1" });
connection.cursor.length;
