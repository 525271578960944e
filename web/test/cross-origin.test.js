// What a browser does to a page whose service has another origin, and what the client makes of it. There is no browser here: only
// what the client looks at is put in place.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { observe, settled, until } from "./observed-client.js";
import { Service } from "./fake-service.js";

afterEach(() => {
  delete globalThis.location;
  delete globalThis.document;
  delete globalThis.addEventListener;
});

/** @param {string} href of the page */
function pageAt(href) {
  globalThis.location = new URL(href);
}

/** A service that answers whoever may not read the answer. */
function behindAnOrigin({ answers }) {
  const service = new Service();
  const { fetch, ...platform } = service.platform;
  const asked = [];
  const ask = async (url, options = {}) => {
    asked.push({ url: new URL(url), ...options });
    if (options.mode === "no-cors" && answers) return new Response();
    if (asked.at(-1).url.pathname === "/health/live") throw new TypeError("Failed to fetch");
    return fetch(url, options);
  };
  return Object.assign(service, { probes: asked, page: { ...platform, fetch: ask } });
}

for (const name of ["ws", "sse", "longpoll"]) {
  test(`${name} reports that the service does not allow the page's origin`, async () => {
    pageAt("http://page.example/");
    const service = behindAnOrigin({ answers: true });
    service.up = false;
    const reader = observe(name, service, service.page);
    await reader.is("retrying");
    assert.match(reader.states[0].detail, /responds, but does not allow pages from http:\/\/page.example/);
    reader.leave();
  });
}

test("a service that does not respond is not reported as refusing", async () => {
  pageAt("http://page.example/");
  const service = behindAnOrigin({ answers: false });
  service.up = false;
  const reader = observe("sse", service, service.page);
  await reader.is("retrying");
  assert.equal(reader.states[0].detail, undefined);
  reader.leave();
});

test("a connection that was open looks for no reason", async () => {
  pageAt("http://page.example/");
  const service = behindAnOrigin({ answers: true });
  const reader = observe("sse", service, service.page);
  await reader.is("open");
  service.goDown();
  await until(() => service.asked.length > 3);
  assert.deepEqual(service.probes.filter(({ mode }) => mode), []);
  reader.leave();
});

test("a page on https:// is told that it needs https:// addresses", async () => {
  pageAt("https://page.example/");
  const service = new Service();
  service.up = false;
  const reader = observe("sse", service);
  await reader.is("retrying");
  assert.match(reader.states[0].detail, /a page on https:\/\/ may not use http:\/\/service/);
  reader.leave();
});

/** Has a policy forbid an address. @param {EventTarget} place that hears of it */
function forbid(place, blockedURI, other = {}) {
  const violation = { blockedURI, disposition: "enforce", effectiveDirective: "connect-src", ...other };
  place.dispatchEvent(Object.assign(new Event("securitypolicyviolation"), violation));
}

test("a transport that the page's policy forbids gives way at once", async () => {
  pageAt("http://page.example/");
  globalThis.document = new EventTarget();
  const service = new Service();
  service.stuck.add("ws");
  const reader = observe(["ws", "sse"], service, { openWithin: 60_000 });
  await until(() => service.asked.length === 1);
  const ours = "ws://service/ws?channel=main";
  for (const other of ["ws://other", "http://service", "eval"]) forbid(document, other);
  forbid(document, ours, { disposition: "report" });
  assert.deepEqual(reader.states, []);
  forbid(document, ours);
  await reader.is("open", "sse");
  assert.match(reader.errors[0].detail, /Content-Security-Policy does not allow ws:\/\/service/);
  reader.leave();
});

const PLACES = {
  document: (place) => (globalThis.document = place),
  worker: (place) => (globalThis.addEventListener = place.addEventListener.bind(place)),
};

for (const [name, path, where] of [["sse", "/events", "document"], ["longpoll", "/poll", "document"], ["sse", "/events", "worker"]]) {
  test(`${name} in a ${where} waits after a failed request for a policy violation`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    pageAt("http://page.example/");
    const place = new EventTarget();
    PLACES[where](place);
    const reader = observe(name, Object.assign(new Service(), { up: false }));
    await settled();
    t.mock.timers.tick(49);
    await settled();
    assert.deepEqual(reader.states, []);
    forbid(place, `http://service${path}`);
    await settled();
    assert.equal(reader.states.at(-1).state, "closed");
    assert.match(reader.errors[0].detail, /Content-Security-Policy does not allow http:\/\/service/);
  });
}

test("a WebSocket that cannot be created waits for the policy too", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  pageAt("http://page.example/");
  globalThis.document = new EventTarget();
  const WebSocket = function () {
    throw { result: 0x805e0006 };
  };
  const reader = observe("ws", new Service(), { WebSocket });
  await settled();
  forbid(document, "ws://service/ws?channel=main");
  await settled();
  assert.equal(reader.states.at(-1).state, "closed");
  assert.match(reader.errors[0].detail, /Content-Security-Policy does not allow ws:\/\/service/);
});

test("a policy violation is awaited for 50 ms, unless the transport opened", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  pageAt("http://page.example/");
  const service = Object.assign(new Service(), { up: false });
  const reader = observe("sse", service);
  await settled();
  t.mock.timers.tick(50);
  await settled();
  assert.equal(reader.states.at(-1)?.state, "retrying");
  service.up = true;
  t.mock.timers.tick(1);
  await settled();
  assert.equal(reader.states.at(-1).state, "open");
  service.goDown();
  await settled();
  assert.equal(reader.states.at(-1).state, "retrying");
  reader.leave();
});

test("cross-origin requests carry the token in the query, without preflight", async () => {
  pageAt("http://page.example/");
  for (const name of ["sse", "longpoll"]) {
    const service = behindAnOrigin({ answers: true });
    const reader = observe(name, service, { ...service.page, token: "t" });
    await reader.is("open");
    for (const text of ["one", "two", "three"]) {
      service.publish(text);
      await until(() => reader.messages.at(-1) === text);
    }
    for (const { url, headers } of service.probes) {
      assert.equal(url.searchParams.get("access_token"), "t");
      assert.deepEqual(Object.keys(headers).filter((header) => header !== "accept"), []);
    }
    reader.leave();
  }
});

test("requests of the service's own page carry the token in a header", async () => {
  pageAt("http://service/page");
  const service = new Service();
  const reader = observe("longpoll", service, { token: "t" });
  await reader.is("open");
  assert.equal(service.tokens[0], "Bearer t");
  reader.leave();
});
