// A document without a browser, with a service in memory behind its `fetch` and `WebSocket`.

import { Window } from "happy-dom";
import { Service } from "../../test/fake-service.js";

/** Defines the globals that the examples use, and returns the element to render into. */
export function open(service = new Service()) {
  const window = new Window({ url: "http://localhost/" });
  const { document, location } = window;
  const { Node, Element, HTMLElement, SVGElement, HTMLIFrameElement } = window;
  Object.assign(globalThis, { window, document, location, ...service.platform });
  const navigator = { value: window.navigator, configurable: true };
  Object.defineProperty(globalThis, "navigator", navigator);
  Object.assign(globalThis, { Node, Element, HTMLElement, SVGElement, HTMLIFrameElement });
  const root = document.createElement("main");
  document.body.append(root);
  return { root, service };
}

/** Waits until the condition is true. @param {() => boolean} condition */
export async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
