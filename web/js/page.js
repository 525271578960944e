// The state and services that all sections share: store, lane connections, publisher, and the gate
// if there is one. Draws nothing.

import { followGate } from "./gate/lane-reports.js";
import { readAddress } from "./page/address.js";
import { loadEndpoints } from "./page/endpoints.js";
import { FaultBands } from "./lanes/fault-bands.js";
import { FaultInjector } from "./faults/fault-injector.js";
import * as clock from "./clock.js";
import { Connection } from "./lanes/lane-connection.js";
import { SAMPLE_MS } from "./lanes/freshness.js";
import { ExperimentRunner } from "./experiments/experiment-runner.js";
import { Gate } from "./gate/gate.js";
import { Knee } from "./lanes/knee.js";
import { settled } from "./lanes/publish-routes.js";
import { PagePublisher } from "./lanes/page-publisher.js";
import { SteadyWindow } from "./lanes/steady-window.js";
import { Store } from "./page/store.js";
import { Topology } from "./topology/topology.js";
import { ByteCounter } from "./gate/byte-counter.js";

/**
 * @typedef {object} Page  what each section receives
 * @property {Store} store  lanes, settings and the pause; dispatches `change` when there is
 *   something to draw
 * @property {Map<string, Connection>} connections  of the lanes, by transport
 * @property {PagePublisher} publisher
 * @property {import("./page/endpoints.js").Endpoints} endpoints
 * @property {Gate} [gate]
 * @property {ByteCounter} byteCounter  counts the bytes of the lanes, unless it is suspended
 * @property {FaultInjector} [injector]  injects faults, if there is a gate
 * @property {FaultBands} bands  when faults were active, by lane
 * @property {Knee} knee
 * @property {SteadyWindow} steadyWindow
 * @property {() => import("./gate/gate.js").Link} link  the network link that all lanes cross
 * @property {Topology} [topology]  the service that the page may start, if its server allows it
 * @property {ExperimentRunner} runner  runs experiments and keeps their results
 */

/** The network link of a page without a gate. */
const DIRECT = { delay: 0, jitter: 0, bandwidth: null };

/** @returns {Promise<Page>} */
export async function openPage() {
  const endpoints = await loadEndpoints();
  // Not `randomUUID`: a page on a plain-HTTP address of the local network does not have it.
  const id = Math.random().toString(36).slice(2, 8);
  const store = new Store({ endpoints, settings: readAddress(location.hash), page: id });
  const connections = new Map(store.lanes.map((lane) => [lane.name, new Connection(store, lane)]));
  const gate = endpoints.gated ? new Gate() : undefined;
  const [bands, byteCounter] = [new FaultBands(), new ByteCounter()];
  if (gate) await followGate(gate, { store, bands, byteCounter });
  const link = () => gate?.link ?? store.recorded?.link ?? DIRECT;
  const topology = endpoints.topology
    ? new Topology({ url: endpoints.topology, channel: `topology-${id}` })
    : undefined;
  const shared = {
    store,
    connections,
    publisher: new PagePublisher(store, connections),
    endpoints,
    gate,
    byteCounter,
  };
  const page = {
    ...shared,
    topology,
    injector: gate && new FaultInjector(gate, (...band) => bands.mark(...band)),
    bands,
    knee: new Knee(),
    steadyWindow: new SteadyWindow(),
    link,
  };
  return Object.assign(page, { runner: new ExperimentRunner(page) });
}

/**
 * Returns whether nothing should be published: there is no service, or the page is hidden.
 * @param {Store} store
 */
const isStill = ({ paused, suspended, recorded }) =>
  paused || suspended || recorded || document.hidden;

/**
 * Connects the lanes. Publishes at the chosen rate as soon as it is known which services share a
 * broker.
 * @param {Page} page
 */
export function run(page) {
  const { store, connections, publisher } = page;
  for (const connection of connections.values()) connection.connect();
  setInterval(() => sample(page), SAMPLE_MS);
  let started = false;
  const pace = () => publisher.run(started && !isStill(store) ? store.settings.rate : 0);
  store.addEventListener("settings", pace);
  document.addEventListener("visibilitychange", pace);
  store.addEventListener("change", function first() {
    if (!settled(store.lanes)) return;
    store.removeEventListener("change", first);
    started = true;
    pace();
  });
}

function sample({
  store: {
    lanes,
    settings: { rate, size, clients },
  },
  steadyWindow,
  byteCounter,
  link,
}) {
  const now = clock.now();
  for (const lane of lanes) lane.freshness.sample(lane.newest, now);
  steadyWindow.look([rate, size, clients, link(), byteCounter.suspended], now);
}
