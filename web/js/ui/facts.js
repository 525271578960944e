// What is known only in the browser: the addresses in the commands shown, and the clock.

import { DEFAULT_PORTS } from "../page/server.js";
import { resolution } from "../shared/clock.js";

// Rewrites commands for the default ports so that they name the services of this page.

const SHOWN = ".try code";

/** @param {ParentNode} root @param {import("../page/server.js").Urls} services */
export function addressCommands(root, services) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (
    root.querySelectorAll("[data-command]")
  )) {
    const { command = "" } = button.dataset;
    const rewritten = commandFor(command, services);
    if (rewritten !== command)
      Object.assign(button, { title: `Copies: ${rewritten}` }).dataset.command = rewritten;
  }
  for (const code of root.querySelectorAll(SHOWN))
    code.textContent = commandFor(code.textContent ?? "", services);
}

/**
 * @param {string} command for services on this machine at their default ports
 * @param {import("../page/server.js").Urls} services
 */
export function commandFor(command, services) {
  const names = /** @type {(keyof typeof DEFAULT_PORTS)[]} */ (Object.keys(DEFAULT_PORTS));
  return command.replace(/\b(http|ws):\/\/localhost:(\d+)/g, (usual, scheme, port) => {
    const name = names.find((name) => String(DEFAULT_PORTS[name]) === port);
    return name ? services[name].replace(/^http/, scheme) : usual;
  });
}

// Shows the measured resolution of the clock, beyond which digits are meaningless.

/** @param {HTMLElement} node */
export function clockNote(node) {
  const step = resolution();
  const size = step < 1 ? `${Math.round(step * 1000)} µs` : `${step.toFixed(0)} ms`;
  const why = globalThis.crossOriginIsolated
    ? "the page is cross-origin isolated, so the browser provides a fine clock."
    : "the page is not cross-origin isolated (COOP and COEP headers, on localhost or HTTPS), " +
      "so the browser keeps the clock coarse.";
  node.textContent = `Its resolution here is ${size}: ${why}`;
}
