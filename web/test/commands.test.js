// Commands name the services of this page, and leave other addresses alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commandFor } from "../js/ui/facts.js";

const services = {
  longpoll: "http://localhost:4000",
  sse: "https://sse.example",
  ws: "http://localhost:18080",
};

test("each default port becomes the address of its service", () => {
  for (const [command, expected] of [
    ["curl 'http://localhost:3000/poll'", "curl 'http://localhost:4000/poll'"],
    [
      "curl http://localhost:3001/worker http://localhost:3001/worker",
      "curl https://sse.example/worker https://sse.example/worker",
    ],
    ["websocat ws://localhost:8080/", "websocat ws://localhost:18080/"],
    [
      "cargo lab --tls-origin https://localhost:8443",
      "cargo lab --tls-origin https://localhost:8443",
    ],
    ["curl http://localhost:30001/", "curl http://localhost:30001/"],
  ])
    assert.equal(commandFor(command, services), expected);
});
