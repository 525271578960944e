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
 * @returns {Promise<{ environment: import("./run.js").Environment, warnings: string[] }>}
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
