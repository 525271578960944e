// Prints the messages of a channel, and publishes one:
//
//   node node.js CHANNEL [CURSOR]

import WebSocket from "ws"; // Node 22 and newer have one of their own.
import { connect } from "trilane";

const url = {
  ws: "http://localhost:8080",
  sse: "http://localhost:3001",
  longpoll: "http://localhost:3000",
};
const [channel = "news", after] = process.argv.slice(2);

const connection = connect({ url, channel, after, WebSocket });
connection.addEventListener("state", ({ detail }) =>
  console.error(detail.state, detail.transport, detail.trouble?.detail ?? ""),
);
// Not awaited: the loop below receives what arrives from its start on.
connection.publish("hello").catch(({ message }) => console.error(message));
for await (const message of connection) console.log(JSON.stringify(message));
