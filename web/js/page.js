// The state and services that all sections share: store, lane connections, publisher, and the gate
// if there is one. Draws nothing.

import { ByteCounter, followGate, followPollTimes } from "./gate/lane-reports.js";
import { readAddress } from "./page/settings.js";
import { browserOf, loadEndpoints } from "./page/server.js";
import { FaultBands } from "./lanes/trace.js";
import { FaultInjector } from "./faults/scenarios.js";
import { FaultResults } from "./faults/results.js";
import * as clock from "./shared/clock.js";
import { Companions, Connection } from "./lanes/lane-connection.js";
import { SAMPLE_MS, SteadyWindow } from "./lanes/figures.js";
import { ExperimentRunner } from "./experiments/experiment-runner.js";
import { Gate } from "./gate/gate.js";
import { Knee } from "./lanes/knee.js";
import { PagePublisher, settled } from "./lanes/page-publisher.js";
import { Zoom } from "./lanes/zoom.js";
import { BrowserDelay } from "./lanes/browser-delay.js";
import { Store } from "./page/store.js";
import { Guide } from "./guide/guide.js";

/**
 * @typedef {object} Page  what each section receives
 * @property {Store} store  lanes, settings and the pause; dispatches `change` when there is
 *   something to draw
 * @property {Map<string, Connection>} connections  of the lanes, by transport
 * @property {PagePublisher} publisher
 * @property {import("./page/server.js").Endpoints} endpoints
 * @property {Gate} [gate]
 * @property {ByteCounter} byteCounter  counts the bytes of the lanes, unless it is suspended
 * @property {FaultInjector} [injector]  injects faults, if there is a gate
 * @property {FaultResults} faultResults  what "Break it" measured, and a file of another browser
 * @property {FaultBands} bands  when faults were active, by lane
 * @property {Knee} knee
 * @property {SteadyWindow} steadyWindow
 * @property {Zoom} zoom  the span of the timelines
 * @property {BrowserDelay} browserDelay  how late this browser runs what is due
 * @property {() => import("./gate/gate.js").Link} link  the network link that all lanes cross
 * @property {Companions} companions  the naive clients beside the robust ones
 * @property {Guide} guide  the guided minute
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
  if (gate) {
    followPollTimes(gate, store);
    await followGate(gate, { store, bands, byteCounter });
  }
  const link = () => gate?.link ?? store.recorded?.link ?? DIRECT;
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
    injector: gate && new FaultInjector(gate, (...band) => bands.mark(...band)),
    faultResults: new FaultResults(browserOf(navigator.userAgent)),
    bands,
    knee: new Knee(),
    steadyWindow: new SteadyWindow(),
    zoom: new Zoom(),
    browserDelay: new BrowserDelay(),
    link,
    companions: new Companions(store, byteCounter),
  };
  const measuring = Object.assign(page, { runner: new ExperimentRunner(page) });
  return Object.assign(measuring, { guide: new Guide(measuring) });
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
  page.browserDelay.watch();
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

/** @param {Page} page */
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
