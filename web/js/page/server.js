// What the page's server tells: the addresses of the services, and the environment.

// The addresses of the services and of the lanes. The page's server sends them in services.json; on
// a plain static host the default ports are assumed.

/** @typedef {Record<import("../trilane/transports/index.js").Name, string>} Urls */

/**
 * @typedef {object} Endpoints
 * @property {Urls} services  the services themselves: messages are published there, on a path
 *   without simulated link or faults
 * @property {Urls} lanes  where the lanes connect: to the gate in front of each service, or to the
 *   service without a gate
 * @property {boolean} gated  whether the lanes connect to the gate
 * @property {string} [shared]  one origin for all three services, at the gate
 * @property {boolean} restarts  whether the page can restart services
 * @property {string} [tls]  one origin for all three with TLS, and so HTTP/2, at a proxy
 * @property {string} [topology]  address of the service that the page may start
 * @property {boolean} fromServer  whether the page's server sent the addresses; otherwise these are
 *   the default ports
 */

/** The default ports of the services. */
export const DEFAULT_PORTS = { longpoll: 3000, sse: 3001, ws: 8080 };

/**
 * @returns {Promise<Endpoints>}
 */
export async function loadEndpoints({
  fetch = globalThis.fetch.bind(globalThis),
  location = globalThis.location,
} = {}) {
  const given = await fetch("services.json")
    .then((response) => (response.ok ? response.json() : undefined))
    .catch(() => undefined);
  const services = urls({ ...DEFAULT_PORTS, ...given }, location);
  const lanes = given?.gate ? urls(given.gate, location) : services;
  const shared = given?.gate?.shared && serviceUrl(given.gate.shared, location);
  const topology = given?.topology && serviceUrl(given.topology, location);
  const facts = {
    fromServer: Boolean(given),
    gated: Boolean(given?.gate),
    restarts: Boolean(given?.restarts),
  };
  const optional = {
    ...(shared && { shared }),
    ...(given?.tls && { tls: given.tls }),
    ...(topology && { topology }),
  };
  return { services, lanes, ...facts, ...optional };
}

/** @param {Record<string, string | number>} endpoints @param {Location} location */
function urls(endpoints, location) {
  return /** @type {Urls} */ (
    Object.fromEntries(
      Object.keys(DEFAULT_PORTS).map((name) => [name, serviceUrl(endpoints[name], location)]),
    )
  );
}

/**
 * @param {string | number} value a URL, or only a port on the host that served this page
 * @param {{ protocol: string, hostname: string }} page
 */
export function serviceUrl(value, { protocol, hostname }) {
  const text = String(value);
  return /^\d+$/.test(text) ? `${protocol}//${hostname}:${text}` : text.replace(/\/+$/, "");
}

// The setup of a measurement: the page's server describes the machine, the page adds the browser.

const UNKNOWN = {
  cpu: "unknown",
  cores: globalThis.navigator?.hardwareConcurrency ?? 1,
  kernel: "unknown",
  load_average: null,
  commit: null,
  dirty: false,
  rustc: "unknown",
  optimised: false,
  settings: { workers: 0, nodelay: false, pinning: null },
};

/**
 * @returns {Promise<{ environment: import("../results/run.js").Environment, warnings: string[] }>}
 */
export async function describeSetup({
  fetch = globalThis.fetch,
  href = location.href,
  agent = navigator.userAgent,
  date = new Date(),
} = {}) {
  const told = await fetch("environment.json")
    .then((response) => (response.ok ? response.json() : undefined))
    .catch(() => undefined);
  const {
    environment = UNKNOWN,
    warnings = [
      "the page's server did not describe the machine, as cargo lab does for pages at " +
        "localhost or an IP address",
    ],
  } = told ?? {};
  const own = {
    date: `${date.toISOString().slice(0, 19)}Z`,
    command: ["page", href.replace(/#claim.*/, ""), browserOf(agent)],
  };
  return { environment: { ...environment, ...own }, warnings };
}

/** @param {string} agent */
export function browserOf(agent) {
  const [, name, version] =
    /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(agent.replace(/Chrome(?=.*Edg)/, "")) ?? [];
  return name ? `${{ Edg: "Edge", Version: "Safari" }[name] ?? name} ${version}` : agent;
}
