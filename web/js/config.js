// Where the services are. The page's server says so in services.json; on a plain static host the usual ports are assumed.

/** @typedef {Record<import("./trilane/transports/index.js").Name, string>} Services */

const USUAL = { longpoll: 3000, sse: 3001, ws: 8080 };

/**
 * @returns {Promise<Services>}
 */
export async function loadServices({ fetch = globalThis.fetch.bind(globalThis), location = globalThis.location } = {}) {
  const given = await fetch("services.json").then((response) => (response.ok ? response.json() : {})).catch(() => ({}));
  const urls = Object.entries(USUAL).map(([name, port]) => [name, serviceUrl(given[name] ?? port, location)]);
  return Object.fromEntries(urls);
}

/**
 * @param {string | number} value a URL, or only a port on the host that served this page
 * @param {{ protocol: string, hostname: string }} page
 */
export function serviceUrl(value, { protocol, hostname }) {
  const text = String(value);
  return /^\d+$/.test(text) ? `${protocol}//${hostname}:${text}` : text.replace(/\/+$/, "");
}
