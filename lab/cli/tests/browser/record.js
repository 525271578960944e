// Records what the page replays where no service is: each experiment, and some seconds of the lanes. It uses the page's
// own modules and nothing else.
const [names, seconds, rate] = JSON.parse(arguments[0]);

let now;
const link = { delay: 50, jitter: 0, bandwidth: null };

const rowsOf = (ring) => Array.from({ length: ring.length }, (_, index) => ring.row(index));

/** Notes from now on what crosses each wire, since the last time that it was asked. */
function listenToWires({ gate, store }, tapes) {
  const seen = new Map(store.lanes.map(({ name, wireBytes }) => [name, wireBytes]));
  gate?.addEventListener("change", () => {
    for (const { name, wireBytes } of store.lanes) {
      if (wireBytes > seen.get(name)) tapes[name].push([now(), "wire", wireBytes - seen.get(name)]);
      seen.set(name, wireBytes);
    }
  });
}

/** What the picture of a lane is drawn from. */
function eventsOf({ requests, arrivals }) {
  const rows = rowsOf(requests);
  return [
    ...rows.map(({ start }) => [start, "request"]),
    ...rows.map(({ end }) => [end, "end"]),
    ...rowsOf(arrivals).map(({ at, sent }) => [at, "message", ...(Number.isNaN(sent) ? [] : [sent])]),
  ];
}

/** Of these events those within the time, in its order, as milliseconds after its start. */
function tapeOf(events, start, end) {
  const after = (time) => Math.round((time - start) * 1000) / 1000;
  const inOrder = events.filter(([at]) => at >= start && at < end).sort(([one], [other]) => one - other);
  return inOrder.map(([at, what, value]) => [after(at), what, ...(value === undefined ? [] : [what === "message" ? after(value) : value])]);
}

async function record() {
  const { openPage, run } = await import("/js/page.js");
  const { describeSetup } = await import("/js/results/setup.js");
  ({ now } = await import("/js/clock.js"));
  const place = await describeSetup({ href: location.origin });
  const page = await openPage();
  const { store, runner, gate } = page;
  run(page);
  while (!store.lanes.every(({ state }) => state === "open")) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const name of names) {
    await runner.run(name);
    if (runner.failure) throw new Error(runner.failure);
  }
  store.set({ rate, ...(gate && { link }) });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const start = now();
  const wires = Object.fromEntries(store.lanes.map(({ name }) => [name, []]));
  listenToWires(page, wires);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const tapes = store.lanes.map(({ name, trace }) => [name, tapeOf([...eventsOf(trace), ...wires[name]], start, start + seconds * 1_000)]);
  const { delay = 0, jitter = 0 } = gate ? link : {};
  const conditions = { rate, size: store.settings.size, link: { delay_ms: delay, jitter_ms: jitter, bytes_per_second: null } };
  return { place, results: Object.fromEntries(runner.results), conditions, length: seconds * 1_000, lanes: Object.fromEntries(tapes) };
}

record().then((recording) => (window.recording = recording), (error) => (window.recording = { failed: String(error.stack) }));
