// What all sections share: the store, the lanes' connections, the publisher, and the gate if there is one. Draws nothing.

import { readAddress, writeAddress } from "./page/address.js";
import { applyChosenLink } from "./gate/link-setting.js";
import { loadEndpoints } from "./page/endpoints.js";
import { FaultBands } from "./lanes/fault-bands.js";
import * as clock from "./clock.js";
import { Connection } from "./lanes/lane-connection.js";
import { SAMPLE_MS } from "./lanes/freshness.js";
import { lookAtTarget } from "./page/link-target.js";
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
 * @typedef {object} Page  what a section is given
 * @property {Store} store  lanes, settings, whether all is paused; its event `change` says that there is something to draw
 * @property {Map<string, Connection>} connections  of the lanes, by transport
 * @property {PagePublisher} publisher
 * @property {import("./page/endpoints.js").Endpoints} places
 * @property {Gate} [gate]
 * @property {ByteCounter} wire  counts the bytes of the lanes, unless it rests
 * @property {FaultBands} bands  when something was broken, by lane
 * @property {Knee} knee
 * @property {SteadyWindow} steadyWindow
 * @property {() => import("./gate/gate.js").Link} link  that all lanes cross
 * @property {Topology} [topology]  the service that the page may start, if its server lets it
 * @property {ExperimentRunner} runner  what was measured, and what measures
 */

/** The link of a page without a gate. */
const DIRECT = { delay: 0, jitter: 0, bandwidth: null };

/** @returns {Promise<Page>} */
export async function openPage() {
  const places = await loadEndpoints();
  // Not randomUUID: a page on a plain-HTTP address of the local network does not have it.
  const id = Math.random().toString(36).slice(2, 8);
  const store = new Store({ places, settings: readAddress(location.hash), page: id });
  const connections = new Map(store.lanes.map((lane) => [lane.name, new Connection(store, lane)]));
  const gate = places.gated ? new Gate() : undefined;
  const [bands, wire] = [new FaultBands(), new ByteCounter()];
  if (gate) await follow(gate, { store, bands, wire });
  const link = () => gate?.link ?? store.recorded?.link ?? DIRECT;
  const topology = places.topology ? new Topology({ url: places.topology, channel: `topology-${id}` }) : undefined;
  const shared = { store, connections, publisher: new PagePublisher(store, connections), places, gate, wire };
  const page = { ...shared, topology, bands, knee: new Knee(), steadyWindow: new SteadyWindow(), link };
  return Object.assign(page, { runner: new ExperimentRunner(page) });
}

/** @param {import("./lanes/lane.js").Lane} lane @param {ByteCounter} wire @param {number} bytes */
function read(lane, wire, bytes) {
  lane.wire = bytes;
  if (!wire.rests) lane.bytesPerMessage.read({ at: clock.now(), bytes, count: lane.sequence.count });
}

/** What the gate says goes into the lanes: bytes, and bands where something was broken. What is chosen is asked of it. */
async function follow(gate, { store, bands, wire }) {
  gate.addEventListener("change", () => {
    for (const { lane, up, down, faults } of gate.lanes.filter(({ lane }) => store.has(lane))) {
      read(store.lane(lane), wire, wire.read(lane, up.bytes + down.bytes));
      bands.follow(lane, faults.map(({ fault }) => fault), clock.now());
    }
    store.changed();
  });
  let wasPaused = false;
  store.addEventListener("settings", async () => {
    const isNew = store.paused && !wasPaused;
    wasPaused = store.paused;
    // What is looked at from now on is to be of one moment: messages are known at once, bytes when the gate was asked.
    if (isNew) await gate.refresh().then(() => store.paused && store.standsStill(), () => {});
  });
  // A gate that does not answer now may do so in half a second.
  await gate.watch().catch(() => {});
  await applyChosenLink(gate, store);
}

/** Nobody is there to send to, or to see it. @param {Store} store */
const isStill = ({ paused, rests, recorded }) => paused || rests || recorded || document.hidden;

/** Connects the lanes, and sends at the rate that is chosen once it is known where to. @param {Page} page */
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

function sample({ store: { lanes, settings: { rate, size, clients } }, steadyWindow, wire, link }) {
  const now = clock.now();
  for (const lane of lanes) lane.freshness.sample(lane.newest, now);
  steadyWindow.look([rate, size, clients, link(), wire.rests], now);
}

/** The address says what is chosen, and who changes it chooses. @param {Store} store */
export function followAddress(store) {
  store.addEventListener("settings", () => history.replaceState(null, "", writeAddress(store.settings)));
  addEventListener("hashchange", () => {
    const { channel } = store.settings;
    const settings = readAddress(location.hash);
    lookAtTarget(settings.at);
    // A link to a section is no choice of anything else.
    if (!location.hash.includes("=")) return store.set({ at: settings.at });
    // Another channel is another log with its own ids: a fresh page is the honest way to begin.
    if (settings.channel !== channel) location.reload();
    else store.set({ at: undefined, ...settings });
  });
}
