// Records what the page replays where no service is: each experiment, the outcomes of the faults, and the chapters of a
// story. It uses the page's own modules and nothing else.
const { experiments, scenarios, runs, chapters } = JSON.parse(arguments[0]);

const UNDER_WAY = 100;
const LINK = { delay: 50, jitter: 0, bandwidth: null };

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const rowsOf = (ring) => Array.from({ length: ring.length }, (_, index) => ring.row(index));

/** Notes each state that a lane enters. */
function listenToState(lane, log) {
  const enter = lane.enter.bind(lane);
  lane.enter = (state, at, trouble) => {
    log.push([at, "state", state, trouble ?? null]);
    enter(state, at, trouble);
  };
}

/** Notes from now on what crosses each wire, since the last report. */
function listenToWires(gate, lanes, tapes, now) {
  const seen = new Map(lanes.map(({ name, wireBytes }) => [name, wireBytes]));
  const listen = () => {
    for (const { name, wireBytes } of lanes) {
      if (wireBytes > seen.get(name)) tapes[name].push([now(), "wire", wireBytes - seen.get(name)]);
      seen.set(name, wireBytes);
    }
  };
  gate.addEventListener("change", listen);
  return () => gate.removeEventListener("change", listen);
}

/** What the picture of a lane is drawn from. */
function eventsOf({ requests, arrivals }) {
  const rows = rowsOf(requests);
  const known = (time) => (Number.isNaN(time) ? null : time);
  return [
    ...rows.map(({ start }) => [start, "request"]),
    ...rows.map(({ end, arrived, answered }) => [end, "end", known(arrived), known(answered)]),
    ...rowsOf(arrivals).map(({ at, sent, n }) => [at, "message", sent, n]),
  ];
}

/** Of these events those within the time, in its order, as milliseconds after its start. */
function tapeOf(events, start, end, first) {
  const after = (time) => (time === null ? null : Math.round((time - start) * 10) / 10);
  const values = {
    end: (arrived, answered) => [after(arrived), after(answered)],
    message: (sent, n) => [after(sent), n - first],
    state: (state, trouble) => [state, trouble && { ...trouble, ...(trouble.retryAt && { retryAt: after(trouble.retryAt) }) }],
  };
  const inOrder = events.filter(([at]) => at >= start && at < end).sort(([one], [other]) => one - other);
  return inOrder.map(([at, what, ...rest]) => [after(at), what, ...(values[what]?.(...rest) ?? rest)]);
}

/** Records one chapter while `act` and what follows from it happen. */
async function chapter({ name, step, seconds, rate, fault }, { page, now }) {
  const { store, gate, guide, companions, bands, byteCounter } = page;
  companions.close();
  await until(() => store.lanes.every(({ state }) => state === "open"), now);
  store.set({ rate, clients: "robust", link: LINK });
  await sleep(2_000);
  const logs = Object.fromEntries(store.lanes.map((lane) => [lane.name, []]));
  const besides = Object.fromEntries(store.lanes.map((lane) => [lane.name, []]));
  const faults = [];
  const noted = new Set();
  const restore = store.lanes.map((lane) => (listenToState(lane, logs[lane.name]), () => delete lane.enter));
  const beside = () => store.companions.forEach((lane) => Object.hasOwn(lane, "enter") || listenToState(lane, besides[lane.name]));
  const note = () => {
    const { broken } = guide;
    if (broken && !noted.has(broken.at)) faults.push([broken.at, broken.name]);
    noted.add(broken?.at);
  };
  companions.addEventListener("change", beside);
  guide.addEventListener("change", note);
  const mute = listenToWires(gate, store.lanes, logs, now);
  const start = now();
  // Messages that are under way have smaller numbers, and no number may be below one.
  const first = store.lanes[0].published - UNDER_WAY;
  const acting = fault ? sleep(4_000).then(() => guide.break(fault)) : step === "naive" ? guide.take("naive") : undefined;
  await sleep(start + seconds * 1_000 - now());
  await acting;
  const end = now();
  const taped = (lanes, more) =>
    Object.fromEntries(lanes.map((lane) => [lane.name, tapeOf([...eventsOf(lane.trace), ...more(lane)], start, end, first)]));
  const bandsOf = ({ name }) => bands.of(name).map((band) => [band.start, "band", band.name, Math.round((band.end ?? end) - band.start)]);
  const recorded = {
    name,
    step,
    conditions: { rate: store.settings.rate, size: store.settings.size, link: { delay_ms: LINK.delay, jitter_ms: 0, bytes_per_second: null } },
    length: Math.round(end - start),
    faults: faults.map(([at, name]) => [Math.round(at - start), name]),
    lanes: taped(store.lanes, (lane) => [...logs[lane.name], ...bandsOf(lane)]),
    ...(store.companions.length && { companions: taped(store.companions, (lane) => besides[lane.name]) }),
  };
  for (const undo of [mute, ...restore]) undo();
  companions.removeEventListener("change", beside);
  guide.removeEventListener("change", note);
  companions.close();
  return recorded;
}

async function until(fact, now) {
  for (const end = now() + 30_000; !fact(); await sleep(50)) if (now() > end) throw new Error(`never: ${fact}`);
}

/** One message as it crossed the gate in each lane, and the requests that opened the streams. */
async function anatomy({ store, gate }) {
  const { dissect, newestInAll, opening } = await import("/js/anatomy/dissect.js");
  const found = {};
  const openings = {};
  let message;
  for (; !message; await sleep(500)) {
    for (const { name } of store.lanes) {
      const chunks = await gate.capture(name);
      found[name] = dissect(name, chunks);
      const opened = opening(chunks);
      if (opened) openings[name] = opened;
    }
    message = newestInAll(found);
  }
  return { message, openings };
}

/** The outcomes of faults, as the section "Break it" measures them. */
async function outcomes(page) {
  const { measure } = await import("/js/faults/measurement.js");
  const { FAULT_SCENARIOS } = await import("/js/faults/scenarios.js");
  const { store, byteCounter, endpoints, publisher, injector } = page;
  store.setSuspended(true);
  byteCounter.setSuspended(true);
  const matrix = Object.fromEntries(scenarios.map((name) => [name, []]));
  const setup = {
    lanes: endpoints.lanes,
    services: endpoints.services,
    publish: (text) => publisher.send(text, { through: "auto" }),
    isOurs: (message) => message?.page === store.page,
    begin: (scenario) => injector.begin(scenario),
  };
  for (let run = 0; run < runs; run += 1)
    for (const name of scenarios) {
      const scenario = FAULT_SCENARIOS.find((scenario) => scenario.name === name);
      matrix[name].push(await measure(scenario, setup, new AbortController().signal));
      await injector.heal();
    }
  byteCounter.setSuspended(false);
  store.setSuspended(false);
  return matrix;
}

async function record() {
  const { openPage, run } = await import("/js/page.js");
  const { describeSetup } = await import("/js/page/server.js");
  const { now } = await import("/js/shared/clock.js");
  const place = await describeSetup({ href: location.origin });
  const page = await openPage();
  const { store, runner, gate } = page;
  run(page);
  await until(() => store.lanes.every(({ state }) => state === "open"), now);
  const dissected = await anatomy(page);
  for (const name of experiments) {
    await runner.run(name);
    if (runner.failure) throw new Error(runner.failure);
  }
  await gate.setLink(LINK);
  const recorded = [];
  for (const one of chapters) recorded.push(await chapter(one, { page, now }));
  const matrix = await outcomes(page);
  return { place, results: Object.fromEntries(runner.results), matrix, anatomy: dissected, chapters: recorded };
}

record().then((recording) => (window.recording = recording), (error) => (window.recording = { failed: String(error.stack) }));
