// The second of the three examples, written anew: every client gets the same greeting every two
// seconds. Nothing can be published.

import { createServer } from "node:http";

const INTERVAL_MS = 2000;

const server = createServer((request, response) => {
  response.setHeader("Content-Type", "text/event-stream");
  response.setHeader("Cache-Control", "no-cache");
  response.setHeader("Connection", "keep-alive");
  const timer = setInterval(() => {
    response.write(`data: ${JSON.stringify({ message: "Hello from server!" })}\n\n`);
  }, INTERVAL_MS);
  // The example never stops writing. Here it does, or closed connections would cost CPU time.
  request.on("close", () => clearInterval(timer));
});

server.listen(Number(process.env.PORT), "127.0.0.1");
