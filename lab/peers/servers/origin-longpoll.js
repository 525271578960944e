// The first of the three examples that Trilane grew out of, written anew: long polling with one
// list of messages. Each poll looks at the list once a second and takes the first message away, so
// one client gets it and all others miss it.

import { createServer } from "node:http";

const INTERVAL_MS = 1000;
const messages = [];

const server = createServer((request, response) => {
  if (request.method === "POST") publish(request, response);
  else poll(response);
});

function publish(request, response) {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    messages.push(JSON.parse(body).message);
    response.end();
  });
}

function poll(response) {
  const timer = setInterval(() => {
    if (messages.length === 0) return;
    clearInterval(timer);
    const message = messages.shift();
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ message }));
  }, INTERVAL_MS);
  // The example leaves this out: a client that is gone takes a message with it.
}

server.listen(Number(process.env.PORT), "127.0.0.1");
