// Rewrites commands for the default ports so that they name the services of this page.

import { DEFAULT_PORTS } from "../page/endpoints.js";

const SHOWN = ".try code";

/** @param {ParentNode} root @param {import("../page/endpoints.js").Urls} services */
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
 * @param {import("../page/endpoints.js").Urls} services
 */
export function commandFor(command, services) {
  const names = Object.keys(DEFAULT_PORTS);
  return command.replace(/\b(http|ws):\/\/localhost:(\d+)/g, (usual, scheme, port) => {
    const name = names.find((name) => String(DEFAULT_PORTS[name]) === port);
    return name ? services[name].replace(/^http/, scheme) : usual;
  });
}
