// The client in a page whose service has another origin. There is no browser: each test defines the
// globals that the client reads.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { observe } from "./observed-client.js";
import { advance, settled, until } from "./virtual-clock.js";
import { Service } from "./fake-service.js";
import { latest, present } from "./present.js";

afterEach(() => {
  for (const name of ["location", "document", "addEventListener"])
    Reflect.deleteProperty(globalThis, name);
});

/** @param {string} href of the page */
function pageAt(href) {
  globalThis.location = /** @type {any} */ (new URL(href));
}

/** A service whose responses the page may not read, because of their origin. */
function behindAnOrigin({ responds }) {
  const service = new Service();
  const { fetch, ...platform } = service.platform;
  const probes = [];
  const probe = async (url, options = {}) => {
    probes.push({ url: new URL(url), ...options });
    if (options.mode === "no-cors" && responds) return new Response();
    if (probes.at(-1).url.pathname === "/health/live") throw new TypeError("Failed to fetch");
    return fetch(url, options);
  };
  return Object.assign(service, { probes, page: { ...platform, fetch: probe } });
}

for (const name of ["ws", "sse", "longpoll"]) {
  test(`${name} reports that the service does not allow the page's origin`, async () => {
    pageAt("http://page.example/");
    const service = behindAnOrigin({ responds: true });
    service.up = false;
    const subscriber = observe(name, service, service.page);
    await subscriber.is("retrying");
    assert.match(
      present(subscriber.states[0].detail),
      /does not allow pages from (http:\/\/page.example): start it with --origins \1$/,
    );
  });
}

test("a service that does not respond is not reported as refusing", async () => {
  pageAt("http://page.example/");
  const service = behindAnOrigin({ responds: false });
  service.up = false;
  const subscriber = observe("sse", service, service.page);
  await subscriber.is("retrying");
  assert.equal(subscriber.states[0].detail, undefined);
});

test("a connection that was open sends no probe", async () => {
  pageAt("http://page.example/");
  const service = behindAnOrigin({ responds: true });
  const subscriber = observe("sse", service, service.page);
  await subscriber.is("open");
  service.stop();
  await until(() => service.requests.length > 3);
  assert.deepEqual(
    service.probes.filter(({ mode }) => mode),
    [],
  );
});

test("an https:// page with an http:// service gets the reason", async () => {
  pageAt("https://page.example/");
  const service = new Service();
  service.up = false;
  const subscriber = observe("sse", service);
  await subscriber.is("retrying");
  assert.match(
    present(subscriber.states[0].detail),
    /a page on https:\/\/ may not use http:\/\/service/,
  );
});

/** Dispatches a policy violation. @param {EventTarget} target */
function forbid(target, blockedURI, other = {}) {
  const violation = {
    blockedURI,
    disposition: "enforce",
    effectiveDirective: "connect-src",
    ...other,
  };
  target.dispatchEvent(Object.assign(new Event("securitypolicyviolation"), violation));
}

test("a transport that the page's policy forbids gives way at once", async () => {
  pageAt("http://page.example/");
  globalThis.document = /** @type {any} */ (new EventTarget());
  const service = new Service();
  service.hanging.add("ws");
  const subscriber = observe(["ws", "sse"], service, { openWithin: 60_000 });
  await until(() => service.requests.length === 1);
  const ours = "ws://service/ws?channel=main";
  for (const other of ["ws://other", "http://service", "eval"]) forbid(document, other);
  forbid(document, ours, { disposition: "report" });
  assert.deepEqual(subscriber.states, []);
  forbid(document, ours);
  await subscriber.is("open", "sse");
  assert.match(
    present(subscriber.errors[0].detail),
    /Content-Security-Policy does not allow ws:\/\/service/,
  );
});

const TARGETS = {
  document: (target) => (globalThis.document = target),
  worker: (target) => (globalThis.addEventListener = target.addEventListener.bind(target)),
};

for (const [name, path, where] of [
  ["sse", "/events", "document"],
  ["longpoll", "/poll", "document"],
  ["sse", "/events", "worker"],
]) {
  test(`${name} in a ${where} waits after a failed request for a policy violation`, async () => {
    pageAt("http://page.example/");
    const target = new EventTarget();
    TARGETS[where](target);
    const subscriber = observe(name, Object.assign(new Service(), { up: false }));
    await settled();
    await advance(49);
    assert.equal(subscriber.states.length, 0);
    forbid(target, `http://service${path}`);
    await settled();
    assert.equal(latest(subscriber.states).state, "closed");
    assert.match(
      present(subscriber.errors[0].detail),
      /Content-Security-Policy does not allow http:\/\/service/,
    );
  });
}

test("a WebSocket that cannot be created waits for the policy too", async () => {
  pageAt("http://page.example/");
  globalThis.document = /** @type {any} */ (new EventTarget());
  const WebSocket = function () {
    throw { result: 0x805e0006 };
  };
  const subscriber = observe("ws", new Service(), { WebSocket });
  await settled();
  forbid(document, "ws://service/ws?channel=main");
  await settled();
  assert.equal(latest(subscriber.states).state, "closed");
  assert.match(
    present(subscriber.errors[0].detail),
    /Content-Security-Policy does not allow ws:\/\/service/,
  );
});

test("a policy violation is awaited for 50 ms, unless the transport opened", async () => {
  pageAt("http://page.example/");
  const service = Object.assign(new Service(), { up: false });
  const subscriber = observe("sse", service);
  await settled();
  await advance(50);
  assert.equal(subscriber.states.at(-1)?.state, "retrying");
  service.up = true;
  await advance(1);
  assert.equal(latest(subscriber.states).state, "open");
  service.stop();
  await settled();
  assert.equal(latest(subscriber.states).state, "retrying");
});

test("cross-origin requests carry the token in the query, without preflight", async () => {
  pageAt("http://page.example/");
  for (const name of ["sse", "longpoll"]) {
    const service = behindAnOrigin({ responds: true });
    const subscriber = observe(name, service, { ...service.page, token: "t" });
    await subscriber.is("open");
    for (const text of ["one", "two", "three"]) {
      service.publish(text);
      await until(() => subscriber.messages.at(-1) === text);
    }
    for (const { url, headers } of service.probes) {
      assert.equal(url.searchParams.get("access_token"), "t");
      assert.deepEqual(
        Object.keys(headers).filter((header) => header !== "accept"),
        [],
      );
    }
  }
});

test("requests of the service's own page carry the token in a header", async () => {
  pageAt("http://service/page");
  const service = new Service();
  const subscriber = observe("longpoll", service, { token: "t" });
  await subscriber.is("open");
  assert.equal(service.tokens[0], "Bearer t");
});
